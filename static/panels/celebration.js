/** A reached milestone or goal: a big message, and confetti unless motion is unwanted. */
import { apart } from "../bidi.js";
import { byId, setData, setHidden, setText } from "../dom.js";
import { prefersCalm } from "../motion.js";
import { safeText } from "../safe_text.js";
import { throwConfetti } from "./confetti.js";

const MILESTONE_MS = 6_000;
const GOAL_MS = 10_000;
// Every screen celebrates in the same moment: one that was hidden then does not do so later.
const LATE_MS = 3_000;
// The message first: a weak machine would draw both in one long task.
const CONFETTI_AFTER_MS = 150;

/**
 * `play` is called as it begins.
 * @type {(language: import("../types.js").Language, play: () => void) => import("../types.js").Panel}
 */
export function createCelebration({ format, t }, play) {
  const box = byId("celebration");
  const title = byId("celebration-title");
  const text = byId("celebration-text");
  let seen = 0;
  let timer = 0;
  let confetti_timer = 0;
  /** @type {() => void} */
  let stopConfetti = () => {};

  function end() {
    clearTimeout(confetti_timer);
    stopConfetti();
    setHidden(box, true);
    delete box.dataset.step;
  }

  return ({ state, snapshot, measure }) => {
    const { celebration } = state;
    if (!celebration || !snapshot) {
      seen = 0;
      return;
    }
    if (celebration.serial === seen) return;
    seen = celebration.serial;
    if (Date.now() - celebration.at_ms > LATE_MS) return;
    const step = format.amount(celebration.step, measure);
    const name = safeText(snapshot.goal?.names?.[celebration.step] ?? "");
    const [big, small] = celebration.test
      ? [t("test"), t("test_text")]
      : name ? [apart(name), celebration.goal ? t("reached_goal") : t("reached", { step })]
      : celebration.goal ? [t("reached_goal"), step] : [t("reached", { step }), snapshot.title];
    setText(title, big);
    setText(text, small);
    setData(box, "step", celebration.test ? "test" : celebration.step);
    // An overlay's plate has the figure: the message stands above it.
    box.style.setProperty("--plate-end", `${document.body.getBoundingClientRect().bottom}px`);
    box.style.setProperty("--plate", `${innerHeight - document.body.getBoundingClientRect().top}px`);
    setHidden(box, false);
    play();
    clearTimeout(timer);
    clearTimeout(confetti_timer);
    stopConfetti();
    const lasts_ms = celebration.goal ? GOAL_MS : MILESTONE_MS;
    timer = setTimeout(end, lasts_ms);
    if (prefersCalm()) return;
    confetti_timer = setTimeout(() => {
      stopConfetti = throwConfetti(box, lasts_ms, celebration.goal ? 260 : 140);
    }, CONFETTI_AFTER_MS);
  };
}
