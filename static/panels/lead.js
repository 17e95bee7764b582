/** Who leads a contest, and by how much. */
import { isolate } from "../bidi.js";
import { safeText } from "../safe_text.js";

/**
 * "Pie leads by $1,240", "Level at $300"; empty while nobody has anything, or nobody is behind.
 * @type {(bars: import("../totals.js").Bar[], view: import("../types.js").View,
 *   language: import("../types.js").Language) => string}
 */
export function describeLead([first, second], { measure, snapshot }, { format, t, items }) {
  if (!first || !second || first.value <= 0) return "";
  const gap = first.value - second.value;
  const sum = (/** @type {number} */ value) => isolate(measure.name === "count"
    ? items(snapshot?.words, value)
    : format.amount(value, measure));
  if (gap === 0) return t("level", { sum: sum(first.value) });
  return t("leads", { group: isolate(safeText(first.group) || t("no_name")), sum: sum(gap) });
}
