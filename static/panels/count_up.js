/** Lets a figure run to its new value, up or down. */
import { prefersCalm } from "../motion.js";

const STEP_MS = 66;
const RUN_MS = 900;
const PULL = 0.3;

/**
 * `show` is given every value to write, the last of them exact. On the way only whole `unit`s are
 * counted: what is behind the point is that of the new value from the first step on, so no cents
 * flicker by.
 * @param {(value: number) => void} show
 * @returns {(value: number, unit: number, jump: boolean) => void}
 */
export function createCountUp(show) {
  /** @type {number | null} */
  let shown = null;
  let target = 0;
  let unit = 1;
  let ends_ms = 0;
  let timer = 0;

  function step() {
    timer = 0;
    if (shown === null) return;
    const left_ms = ends_ms - performance.now();
    const pull = left_ms <= STEP_MS ? 1 : Math.max(PULL, STEP_MS / left_ms);
    const units_left = Math.trunc(((target - shown) * (1 - pull)) / unit);
    shown = document.hidden ? target : target - units_left * unit;
    show(shown);
    if (shown !== target) timer = setTimeout(step, STEP_MS);
  }

  return (value, whole_unit, jump) => {
    if (!jump && shown === value && target === value) return;
    target = value;
    unit = whole_unit;
    if (shown === null || jump || prefersCalm()) {
      shown = value;
      show(value);
      return;
    }
    ends_ms = performance.now() + RUN_MS;
    if (timer === 0) step();
  };
}
