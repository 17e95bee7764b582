/** The marks below the way to the goal: each step's sum, and what happens there, where it fits. */
import { apart } from "../bidi.js";
import { make, setData, setText } from "../dom.js";
import { safeText } from "../safe_text.js";
import { placeLabels } from "./place_labels.js";
import { widthInEm } from "./text_width.js";

const TICK_EM = 1.1; // the mark of a reached step, before its label
const BOLD = 1.08; // is wider

/** @typedef {import("../types.js").Goal} Goal */

/**
 * @type {(marks: HTMLElement, format: import("../types.js").Format, redraw: () => void)
 *   => (goal: Goal, measure: import("../types.js").Measure, value: number) => void}
 */
export function createGoalMarks(marks, format, redraw) {
  /** @type {Map<number, {mark: HTMLElement, label: HTMLElement, texts: string[], wide: number[]}>} */
  const made = new Map();
  let drawn = "";
  let way_em = 60;
  new ResizeObserver(([{ contentRect }]) => {
    way_em = contentRect.width / parseFloat(getComputedStyle(marks).fontSize);
    redraw();
  }).observe(marks);

  /** @type {(goal: Goal, measure: import("../types.js").Measure) => void} */
  function build({ milestones, target, names = {} }, measure) {
    const steps = [...milestones, target];
    const key = JSON.stringify([steps, names, measure.unit, measure.exponent, document.fonts.status]);
    if (key === drawn) return;
    drawn = key;
    made.clear();
    marks.replaceChildren(...steps.map((step) => {
      const mark = make("li");
      const label = make("span", "label");
      mark.append(label);
      const sum = format.compact(step, measure);
      const name = safeText(names[step] ?? "");
      const texts = name ? [`${sum} ${apart(name)}`, sum] : [sum];
      const wide = texts.map((text) => widthInEm(text, marks) * BOLD);
      setData(mark, "step", step);
      made.set(step, { mark, label, texts, wide });
      return mark;
    }));
  }

  return (goal, measure, value) => {
    build(goal, measure);
    const { target, milestones } = goal;
    const end = Math.max(target, value);
    // The goal's own label first, then the next one to reach and the last one reached, then the
    // others from the top.
    const next = milestones.filter((step) => value < step).slice(0, 1);
    const last = milestones.filter((step) => value >= step).slice(-1);
    const order = [...new Set([target, ...next, ...last, ...[...milestones].reverse()])];
    const wanted = order.map((step) => {
      const tick = value >= step ? TICK_EM : 0;
      const slide = next.includes(step) || last.includes(step);
      return { part: step / end, slide, wide: (made.get(step)?.wide ?? [4]).map((em) => em + tick) };
    });
    placeLabels(wanted, way_em).forEach(({ text, side, slid }, place) => {
      const step = order[place];
      const entry = made.get(step);
      if (!entry) return;
      const { mark, label, texts } = entry;
      setText(label, texts[Math.max(0, text)]);
      mark.style.setProperty("--part", (step / end).toFixed(4));
      mark.style.setProperty("--slid", slid.toFixed(2));
      mark.classList.toggle("unlabelled", text < 0);
      mark.classList.toggle("at-end", side === "end");
      mark.classList.toggle("at-start", side === "start");
      mark.classList.toggle("reached", value >= step);
      mark.classList.toggle("target", step === target);
    });
  };
}
