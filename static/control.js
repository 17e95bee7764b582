/**
 * What the crew has this screen show, as the server tells it.
 *
 * @typedef {import("./types.js").State} State
 * @typedef {import("./types.js").Control} Control
 * @typedef {import("./types.js").Pulse} Pulse
 */

// What was said longer ago is passed over: a screen that comes back does not celebrate alone.
export const PULSE_MS = 30_000;
const IDLE = { pin: "", pin_until: null, panels: null, celebrate: null, reload: null };

/**
 * The state with the crew's new wishes. What a page hears first it takes as known: a celebration and
 * a reload are for screens that were there.
 * @type {(state: State, told: Partial<Control>, now_ms: number) => State}
 */
export function applyControl(state, told, now_ms) {
  const before = state.control;
  /** @type {Control} */
  const control = { ...IDLE, ...told };
  const server_ms = now_ms + state.clock_offset_ms;
  const next = { ...state, control };
  if (before && isNews(control.reload, before.reload, server_ms)) next.reload_asked = true;
  if (!before || !isNews(control.celebrate, before.celebrate, server_ms)) return next;
  const serial = (state.celebration?.serial ?? 0) + 1;
  return { ...next, celebration: { step: 0, goal: false, test: true, at_ms: now_ms, serial } };
}

/** @type {(pulse: Pulse | null, before: Pulse | null, server_ms: number) => boolean} */
function isNews(pulse, before, server_ms) {
  if (!pulse || pulse.id === before?.id) return false;
  return server_ms - Date.parse(pulse.at) <= PULSE_MS;
}

/**
 * The message that is pinned now; empty where there is none.
 * @type {(control: Control | null, server_ms: number) => string}
 */
export function pinnedText(control, server_ms) {
  if (!control?.pin) return "";
  const is_over = control.pin_until !== null && server_ms >= Date.parse(control.pin_until);
  return is_over ? "" : control.pin;
}
