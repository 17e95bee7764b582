const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
// Seconds are for the last minutes; before, they would be the one restless thing on a wall.
const WITH_SECONDS_MS = 10 * MINUTE_MS;

/**
 * "3 days left", "2 hr 14 min left", "9:59 left", "Time is up".
 * @type {(left_ms: number, language: import("./types.js").Language) => string}
 */
export function describeTimeLeft(left_ms, { format, t }) {
  if (!(left_ms > 0)) return t("time_over");
  return t("time_left", { time: describe(left_ms, format) });
}

/** @type {(left_ms: number, format: import("./types.js").Format) => string} */
function describe(left_ms, format) {
  const seconds = Math.ceil(left_ms / SECOND_MS);
  if (left_ms <= WITH_SECONDS_MS) {
    return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  }
  const minutes = Math.ceil(left_ms / MINUTE_MS);
  if (left_ms > 2 * DAY_MS) return format.span(Math.ceil(left_ms / DAY_MS) * 86_400);
  if (minutes < 60) return format.span(minutes * 60);
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  return rest === 0 ? format.span_hours(hours) : `${format.span_hours(hours)} ${format.span(rest * 60)}`;
}
