/** One board on this screen: its connection, and the state that comes of it. */
import { openConnection } from "./connection.js";
import { fileAddress } from "./file_address.js";
import { keepFigures, recallFigures } from "./keepsake.js";
import { placeKind } from "./layout.js";
import { openPolling } from "./polling.js";
import { refreshPage, reloadSoon } from "./refresh.js";
import { createRush } from "./rush.js";
import { initialState, reduce } from "./state.js";

/** @typedef {import("./types.js").State} State */

// A screen tells celebrations by their numbers, whichever board they are of.
let celebrations = 0;

/**
 * @typedef {object} Channel
 * @property {() => State} state
 * @property {(now_ms: number) => boolean} isRush updates come very fast
 * @property {() => void} keep keeps the figures over a reload
 * @property {() => void} close
 */

/**
 * `heard` is called after every event; `celebrated` where that was something to celebrate; `keepAll`
 * keeps the figures of all channels, just before the page is loaded again.
 * @type {(board: string, listeners: {heard: () => void, celebrated: () => void,
 *   keepAll: () => void}) => Channel}
 */
export function openChannel(board, { heard, celebrated, keepAll }) {
  let state = recallFigures(initialState(board, Date.now()), Date.now());
  const rush = createRush();
  const file = fileAddress();
  const connection = file ? openPolling(file, receive) : openConnection(board, placeKind, receive);

  /** @type {(event: import("./types.js").StateEvent) => void} */
  function receive(event) {
    const before = state.celebration;
    state = reduce(state, event);
    if (event.type === "update") rush.note(performance.now());
    if (state.out_of_step) connection.reopen();
    if (state.reload_asked) void reloadSoon(keepAll);
    if (state.page_changed) void refreshPage(keepAll);
    if (state.celebration && state.celebration !== before) {
      celebrations += 1;
      state = { ...state, celebration: { ...state.celebration, serial: celebrations } };
      celebrated();
    }
    heard();
  }

  return {
    state: () => state,
    isRush: (now_ms) => rush.isOn(now_ms),
    keep: () => keepFigures(state),
    close() {
      keepFigures(state);
      connection.close();
    },
  };
}
