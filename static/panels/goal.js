/** The way to the goal, with its milestones. Past the goal, the goal's mark moves back. */
import { apart } from "../bidi.js";
import { make, makeOnly, makeSection, setData, setHidden, setText } from "../dom.js";
import { safeText } from "../safe_text.js";
import { ALL } from "../totals.js";
import { FIGURES_EVERY_MS } from "./beat.js";
import { createGoalMarks } from "./goal_marks.js";

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
  const next = makeOnly("span", "goal-next");
  const [next_name, next_sum] = [make("span", "name"), make("span", "sum")];
  next.append(next_name, " ", next_sum);
  text.append(next, " ", percent, " ", target_text, " ", done);
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
  const drawMarks = createGoalMarks(marks, format, redraw);

  /**
   * What is still to go to the next step, and what happens there. A long name gives way to the sum.
   * @type {(goal: import("../types.js").Goal, measure: import("../types.js").Measure, value: number)
   *   => void}
   */
  function drawNext({ milestones, target, names = {} }, measure, value) {
    const step = [...milestones, target].find((one) => value < one);
    const is_far = document.documentElement.dataset.far === "1"; // there is no room for a name
    const own = step === undefined || is_far ? "" : safeText(names[step] ?? "");
    const usual = step === undefined || step === target ? "" : format.compact(step, measure);
    const name = own || usual;
    setText(next_name, name && t("next_step", { name: apart(name) }));
    setText(next_sum, step === undefined
      ? ""
      : t("to_go", { sum: format.amount(step - value, measure) }));
    setHidden(next, step === undefined);
  }

  /** @type {import("../types.js").Panel} */
  function draw({ snapshot, measure }) {
    setHidden(section, !snapshot?.goal || snapshot.goal.target <= 0);
    if (!snapshot?.goal || snapshot.goal.target <= 0) return;
    const { target } = snapshot.goal;
    const value = snapshot.totals[ALL]?.[measure.name] ?? 0;
    const end = Math.max(target, value);
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

    drawNext(snapshot.goal, measure, value);
    drawMarks(snapshot.goal, measure, value);
  }

  return { section, draw };
}
