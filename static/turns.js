/** What is shown in turn on one screen: boards, or the panels below the figure. */

import { prefersCalm } from "./motion.js";

const FADE_MS = 700;
// Longer than any message of a celebration lasts.
const CELEBRATION_MS = 11_000;

/**
 * Calls `turn` with 0, 1, 2, … and again from 0, each for `every_ms`; `hold` shows one of them now,
 * and for as long as a celebration takes.
 * @type {(count: number, every_ms: number, turn: (place: number) => void)
 *   => {hold: (place: number) => void, stop: () => void}}
 */
export function takeTurns(count, every_ms, turn) {
  let place = 0;
  let timer = 0;

  /** @type {(wait_ms: number) => void} */
  function wait(wait_ms) {
    clearTimeout(timer);
    if (count < 2 || every_ms <= 0) return;
    timer = setTimeout(() => {
      place = (place + 1) % count;
      turn(place);
      wait(every_ms);
    }, wait_ms);
  }

  wait(every_ms);
  return {
    hold(wanted) {
      place = wanted;
      turn(place);
      wait(Math.max(every_ms, CELEBRATION_MS));
    },
    stop: () => clearTimeout(timer),
  };
}

/**
 * Lets what has just come appear, where motion is welcome.
 * @type {(elements: Element[]) => void}
 */
export function fadeIn(elements) {
  if (prefersCalm()) return;
  for (const element of elements) {
    element.animate?.([{ opacity: 0 }, { opacity: 1 }], { duration: FADE_MS, easing: "ease-out" });
  }
}
