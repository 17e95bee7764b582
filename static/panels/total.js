/**
 * The big figure, and from how many donations it comes.
 *
 * @typedef {import("../types.js").Measure} Measure
 */
import { byId, make, makeOnly, makeSection, setData, setHidden, setText } from "../dom.js";
import { COUNT } from "../measure.js";
import { ALL } from "../totals.js";
import { FIGURES_EVERY_MS } from "./beat.js";
import { createCountUp } from "./count_up.js";
import { widthInEm } from "./text_width.js";

// figure.css has the same.
const FRACTION_SIZE = 0.5;
const SPACING_EM = 0.02;

/** @type {import("../types.js").PanelKind} */
export const total = {
  name: "total",
  place: "top",
  in_overlay: "always",
  every_ms: FIGURES_EVERY_MS,
  create: createTotal,
};

/** @type {import("../types.js").PanelKind["create"]} */
function createTotal({ format, t, items }, redraw) {
  const { section, heading } = makeSection("total", t("total"));
  heading.className = "unseen";
  const total = makeOnly("p", "total");
  const [before, fraction, after] = [make("span"), make("span", "fraction"), make("span")];
  const figure = make("bdi");
  figure.dir = document.documentElement.dir; // an amount may begin with a mark of the other
  figure.append(before, fraction, after);
  total.append(figure);
  const counts = makeOnly("div", "counts");
  const count = makeOnly("p", "count");
  const not_counted = makeOnly("p", "not-counted");
  counts.append(count, not_counted);
  section.append(total, counts);
  /** @type {Measure} */
  let measure = COUNT;
  let fractional = false;
  let length = -1;
  let drawn_board = "";

  const countTo = createCountUp((value) => {
    const parts = format.parts(value, measure, fractional);
    setText(before, parts.before);
    setText(fraction, parts.fraction);
    setText(after, parts.after);
    const size = parts.before.length + parts.fraction.length * 100 + parts.after.length * 10_000;
    if (size === length) return;
    length = size;
    const whole = parts.before + parts.after;
    const em = widthInEm(whole, total) + widthInEm(parts.fraction, total) * FRACTION_SIZE
      - SPACING_EM * (whole.length + parts.fraction.length * FRACTION_SIZE);
    // What stands beside the figure has to know it too.
    byId("figures").style.setProperty("--em", Math.max(em, 2.5).toFixed(2));
  });

  // The event's font may come after the first figure, which is measured in it then.
  document.fonts.addEventListener("loadingdone", () => {
    drawn_board = "";
    redraw();
  });

  /** @type {import("../types.js").Panel} */
  function draw({ snapshot, state, measure: main, rush }) {
    if (!snapshot) {
      for (const part of [before, fraction, after]) setText(part, "");
      setText(before, "–");
      setText(count, "");
      setHidden(not_counted, true);
      drawn_board = "";
      return;
    }
    const all = snapshot.totals[ALL] ?? {};
    const value = all[main.name] ?? 0;
    const new_board = snapshot.board !== drawn_board;
    const reformat = measure !== main || fractional !== state.fractional;
    drawn_board = snapshot.board;
    measure = main;
    fractional = state.fractional;
    if (new_board) length = -1;
    setData(total, "value", value);
    setData(total, "unit", main.unit);
    setData(count, "value", all.count ?? 0);
    countTo(value, 10 ** main.exponent, new_board || reformat || rush);
    setText(
      count,
      main.name === COUNT.name
        ? items(snapshot.words, all.count ?? 0, false)
        : items(snapshot.words, all.count ?? 0),
    );
    const { rejected } = snapshot;
    setHidden(not_counted, rejected === 0);
    setText(not_counted, t("not_counted", { count: format.number(rejected) }, rejected));
  }

  return { section, draw };
}
