/**
 * A panel that draws at most every `interval_ms`, so that a rush of donations stays readable and a
 * weak machine cool. Another board is drawn at once. `redraw` asks for the drawing left out.
 * @param {import("./types.js").Panel} panel
 * @param {number} interval_ms
 * @param {() => void} redraw
 * @returns {import("./types.js").Panel}
 */
export function pace(panel, interval_ms, redraw) {
  let drawn_ms = -Infinity;
  let drawn_board = "";
  let timer = 0;
  return (view) => {
    const now_ms = performance.now();
    const board = view.snapshot?.board ?? "";
    const wait_ms = drawn_ms + interval_ms - now_ms;
    if (wait_ms > 0 && board === drawn_board) {
      if (timer === 0) timer = setTimeout(() => ((timer = 0), redraw()), wait_ms);
      return;
    }
    drawn_ms = now_ms;
    drawn_board = board;
    panel(view);
  };
}
