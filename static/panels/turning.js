/** Turns the pages of a list: the one before fades away first. */
import { setData } from "../dom.js";
import { prefersCalm } from "../motion.js";

// As long as contest.css has a page fade away.
const TURN_MS = 350;

/**
 * Returns what draws a page, once the one before has faded.
 * @type {(list: HTMLElement) => (page: number, drawPage: () => void) => void}
 */
export function createTurning(list) {
  let drawn_page = 0;
  let turn_timer = 0;
  let drawNext = () => {};

  return (page, drawPage) => {
    const is_other = page !== drawn_page;
    drawn_page = page;
    drawNext = drawPage; // what comes while a page fades is drawn when it has
    if (turn_timer !== 0) return;
    if (!is_other || prefersCalm()) return drawPage();
    setData(list, "turning", "1");
    turn_timer = setTimeout(() => {
      turn_timer = 0;
      drawNext();
      setData(list, "turning", "0");
    }, TURN_MS);
  };
}
