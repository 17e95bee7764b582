/**
 * The last figures, kept over a reload of this tab so that it never starts empty.
 *
 * @typedef {import("./types.js").State} State
 * @typedef {import("./types.js").StateEvent} StateEvent
 */
const KEY = "tallyboard:";
const FORMAT = 1;

/** @type {(state: State) => void} */
export function keepFigures(state) {
  if (!state.snapshot) return;
  const { snapshot, as_of_ms } = state;
  try {
    sessionStorage.setItem(KEY + state.board, JSON.stringify({ FORMAT, snapshot, as_of_ms }));
  } catch {
    // Full or forbidden: the next start is an empty one.
  }
}

/** @type {(board: string, now_ms: number) => StateEvent | null} */
export function recallFigures(board, now_ms) {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEY + board) ?? "null");
    if (kept?.FORMAT !== FORMAT || !kept.snapshot?.totals) return null;
    return { type: "restored", snapshot: kept.snapshot, as_of_ms: kept.as_of_ms, now_ms };
  } catch {
    return null;
  }
}
