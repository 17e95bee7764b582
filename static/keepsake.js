/**
 * The last figures, kept over a reload of this tab so that it never starts empty.
 *
 * @typedef {import("./types.js").State} State
 */
import { reduce } from "./state.js";

const KEY = "tallyboard:";
const FORMAT = 3;

/** @type {(state: State) => void} */
export function keepFigures(state) {
  if (!state.snapshot) return;
  const { snapshot, proven, as_of_ms } = state;
  try {
    const kept = JSON.stringify({ FORMAT, snapshot, proven, as_of_ms });
    sessionStorage.setItem(KEY + state.board, kept);
  } catch {
    // Full or forbidden: the next start is an empty one.
  }
}

/**
 * The state with the figures that were kept of its board; as it is, where none can be used.
 * @type {(state: State, now_ms: number) => State}
 */
export function recallFigures(state, now_ms) {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEY + state.board) ?? "null");
    if (kept?.FORMAT !== FORMAT) return state;
    const { snapshot, proven, as_of_ms } = kept;
    return reduce(state, { type: "restored", snapshot, proven, as_of_ms, now_ms });
  } catch {
    return state;
  }
}
