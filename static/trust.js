/**
 * Whether the figures on the screen can be relied upon, and if not, why.
 *
 * @typedef {import("./types.js").State} State
 * @typedef {import("./types.js").Trust} Trust
 * @typedef {import("./types.js").TrustState} TrustState
 */

// A restarted server is back within this; after it, the screen says "offline".
export const OFFLINE_AFTER_MS = 15_000;
// The server speaks at least every 15 s. Later than this is a sign of trouble, before the
// watchdog's 40 s.
export const SILENT_AFTER_MS = 20_000;

/** @type {(state: State, now_ms: number) => Trust} */
export function describeTrust(state, now_ms) {
  const name = trustState(state, now_ms);
  const since_ms = Date.parse(state.status?.since ?? "");
  return {
    state: name,
    live: name === "live",
    as_of_ms: state.as_of_ms,
    reason: name === "checking" ? (state.status?.reason ?? "") : "",
    since_ms: name === "checking" && !Number.isNaN(since_ms) ? since_ms : null,
  };
}

/** @type {(state: State, now_ms: number) => TrustState} */
function trustState(state, now_ms) {
  if (state.phase === "unknown") return "unknown";
  if (!state.snapshot) return "waiting";
  if (state.phase !== "open") {
    return now_ms - state.phase_since_ms < OFFLINE_AFTER_MS ? "reconnecting" : "offline";
  }
  if (state.restored || !state.status) return "reconnecting";
  if (now_ms - state.heard_ms > SILENT_AFTER_MS) return "stale";
  if (state.status.state === "checking") return "checking";
  return state.status.live ? "live" : "stale";
}
