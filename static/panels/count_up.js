/** Lets a figure run to its new value, up or down. */
import { prefersCalm } from "../motion.js";

const STEP_MS = 66;
const RUN_MS = 1000;
const PULL = 0.3;

/**
 * `show` is given every value to write, the last of them exact. `quantum`: steps are multiples of
 * it, so that cents do not flicker by in a sum of whole euros.
 * @param {(value: number) => void} show
 * @returns {(value: number, quantum: number, jump: boolean) => void}
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
    const next = Math.round((shown + (target - shown) * pull) / unit) * unit;
    shown = pull === 1 || next === shown || document.hidden ? target : next;
    show(shown);
    if (shown !== target) timer = setTimeout(step, STEP_MS);
  }

  return (value, quantum, jump) => {
    if (!jump && shown === value && target === value) return;
    target = value;
    unit = quantum;
    if (shown === null || jump || prefersCalm()) {
      shown = value;
      show(value);
      return;
    }
    ends_ms = performance.now() + RUN_MS;
    if (timer === 0) step();
  };
}
