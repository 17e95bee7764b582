/** The way to the goal, with its milestones. Past the goal, the goal's mark moves back. */
import { make, makeOnly, makeSection, setData, setHidden, setText } from "../dom.js";
import { ALL } from "../totals.js";
import { FIGURES_EVERY_MS } from "./beat.js";
import { widthInEm } from "./text_width.js";

const TICK_EM = 1.1; // the mark of a reached step, before its label
const GAP_EM = 0.7;

/** @type {import("../types.js").PanelKind} */
export const goal = {
  name: "goal",
  place: "figures",
  in_overlay: "always",
  every_ms: FIGURES_EVERY_MS,
  create: createGoal,
};

/** @type {import("../types.js").PanelKind["create"]} */
function createGoal({ format, t }, redraw) {
  const { section, heading } = makeSection("goal", t("goal"));
  heading.className = "unseen";
  const text = makeOnly("p", "goal-text");
  const percent = makeOnly("span", "goal-percent");
  const target_text = makeOnly("span", "goal-target");
  const done = makeOnly("span", "goal-done", t("goal_done"));
  text.append(percent, " ", target_text, " ", done);
  const bar = makeOnly("div", "goal");
  bar.setAttribute("role", "progressbar");
  bar.setAttribute("aria-label", t("goal"));
  bar.setAttribute("aria-valuemin", "0");
  bar.setAttribute("aria-valuemax", "100");
  const track = makeOnly("div", "goal-track");
  const fill = makeOnly("div", "goal-fill");
  track.append(fill);
  bar.append(track);
  const marks = makeOnly("ol", "goal-marks");
  section.append(text, bar, marks);
  /** @type {Map<number, HTMLElement>} */
  const mark_of = new Map();
  /** @type {Map<number, number>} */
  const label_em = new Map();
  let drawn_steps = "";
  let way_em = 60;
  new ResizeObserver(([{ contentRect }]) => {
    way_em = contentRect.width / parseFloat(getComputedStyle(marks).fontSize);
    redraw();
  }).observe(marks);

  /** @type {(steps: number[], measure: import("../types.js").Measure) => void} */
  function buildMarks(steps, measure) {
    const key = JSON.stringify([steps, measure.unit, measure.exponent]);
    if (key === drawn_steps) return;
    drawn_steps = key;
    mark_of.clear();
    label_em.clear();
    marks.replaceChildren(
      ...steps.map((step) => {
        const mark = make("li");
        const label = format.compact(step, measure);
        mark.append(make("span", "label", label));
        label_em.set(step, widthInEm(label, marks) * 1.08); // bold is wider
        setData(mark, "step", step);
        mark_of.set(step, mark);
        return mark;
      }),
    );
  }

  /** @type {import("../types.js").Panel} */
  function draw({ snapshot, measure }) {
    setHidden(section, !snapshot?.goal || snapshot.goal.target <= 0);
    if (!snapshot?.goal || snapshot.goal.target <= 0) return;
    const { target, milestones } = snapshot.goal;
    const value = snapshot.totals[ALL]?.[measure.name] ?? 0;
    const end = Math.max(target, value);
    buildMarks([...milestones, target], measure);
    setData(bar, "value", value);
    setData(bar, "target", target);
    const reached_percent = Math.floor((100 * value) / target);
    bar.setAttribute("aria-valuenow", String(Math.min(100, Math.max(0, reached_percent))));
    bar.setAttribute("aria-valuetext", `${format.percent(Math.max(0, value / target), true)} ${
      t("of_goal", { target: format.amount(target, measure) })}`);
    fill.style.setProperty("--part", (Math.max(0, value) / end).toFixed(3));
    setText(percent, format.percent(Math.max(0, value / target), true));
    setText(target_text, t("of_goal", { target: format.amount(target, measure) }));

    setHidden(done, value < target);

    // The goal's own label first, then the next one to reach, then the others from the top.
    const next = milestones.find((step) => value < step);
    const order = [target, ...(next === undefined ? [] : [next]), ...[...milestones].reverse()];
    /** @type {[number, number][]} */
    const taken = [];
    for (const step of new Set(order)) {
      const mark = mark_of.get(step);
      if (!mark) continue;
      const part = step / end;
      const is_reached = value >= step;
      const wide = (label_em.get(step) ?? 4) + (is_reached ? TICK_EM : 0);
      const at = part * way_em;
      const at_end = at + wide / 2 > way_em;
      const at_start = !at_end && at < wide / 2;
      const from = at - (at_end ? wide : at_start ? 0 : wide / 2);
      const to = from + wide + GAP_EM;
      const free = taken.every(([start, stop]) => to <= start || from >= stop);
      if (free) taken.push([from, to]);
      mark.style.setProperty("--part", part.toFixed(4));
      mark.classList.toggle("unlabelled", !free);
      mark.classList.toggle("at-end", at_end);
      mark.classList.toggle("at-start", at_start);
      mark.classList.toggle("reached", is_reached);
      mark.classList.toggle("target", step === target);
    }
  }

  return { section, draw };
}
