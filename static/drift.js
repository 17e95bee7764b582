/**
 * Moves the whole picture by a few pixels over minutes, so that a wall which shows the same text for a
 * day does not burn it in. One pixel at a time, by a transform: nothing is laid out again.
 */
import { prefersCalm } from "./motion.js";

const EVERY_MS = 15_000;
const WIDE_PX = 6;
const HIGH_PX = 4;
// Their periods have no small common multiple: the picture takes hours to come by the same way again.
const WIDE_MS = 17 * 60_000;
const HIGH_MS = 11 * 60_000;
const WALLS = ["wall", "upright", "square", "strip"];

/** @type {(elapsed_ms: number) => [number, number]} whole pixels: text stays sharp */
export function driftAt(elapsed_ms) {
  const turn = (/** @type {number} */ period_ms) => Math.sin((2 * Math.PI * elapsed_ms) / period_ms);
  return [Math.round(WIDE_PX * turn(WIDE_MS)), Math.round(HIGH_PX * turn(HIGH_MS))];
}

/** Only on a wall: a phone is not left alone, and an overlay has its place in a picture. */
export function driftSlowly() {
  const began_ms = performance.now();
  setInterval(() => {
    const is_wall = WALLS.includes(document.body.dataset.place ?? "");
    const [x, y] = is_wall && !prefersCalm() ? driftAt(performance.now() - began_ms) : [0, 0];
    document.body.style.transform = x === 0 && y === 0 ? "" : `translate(${x}px, ${y}px)`;
  }, EVERY_MS);
}
