/**
 * Calls `draw` in an animation frame after `request()`: at once when nothing was drawn for a while,
 * else so that drawings are `interval_ms` apart. Nothing is drawn in a hidden tab; what was missed
 * is drawn when it shows again.
 * @type {(draw: () => void, interval_ms: number) => () => void}
 */
export function createPainter(draw, interval_ms) {
  let wanted = false;
  let timer = 0;
  let drawn_ms = -Infinity;

  function paint() {
    timer = 0;
    if (document.hidden) return;
    wanted = false;
    drawn_ms = performance.now();
    draw();
  }

  function request() {
    wanted = true;
    if (timer !== 0 || document.hidden) return;
    const wait_ms = Math.max(0, drawn_ms + interval_ms - performance.now());
    timer = setTimeout(() => requestAnimationFrame(paint), wait_ms);
  }

  document.addEventListener("visibilitychange", () => wanted && request());
  return request;
}
