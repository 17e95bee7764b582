/** What came in over time: rates of the last minutes, and a chart of all. */
import { make, makeOnly, makeSection, setHidden, setText } from "../dom.js";
import { createChart } from "./chart.js";
import { createRates } from "./rates.js";
import { nameHeading } from "../words.js";

/** @type {import("../types.js").PanelKind} */
export const timeline = {
  name: "timeline",
  place: "details",
  in_overlay: "never",
  every_ms: 1_000,
  create: createTimeline,
};

/** @type {import("../types.js").PanelKind["create"]} */
function createTimeline(language) {
  const { section, heading } = makeSection("timeline", language.t("timeline"));
  const rates = makeOnly("dl", "rates");
  const box = makeOnly("div", "chart-box");
  const canvas = makeOnly("canvas", "chart");
  canvas.setAttribute("role", "img");
  box.append(canvas);
  const not_drawn = makeOnly("p", "not-drawn");
  const nothing = make("p", "nothing", language.t("nothing_yet"));
  section.append(rates, nothing, box, not_drawn);
  setHidden(not_drawn, true);
  const drawRates = createRates(rates, language);
  const drawChart = createChart(canvas, not_drawn, language);

  return {
    section,
    draw(view) {
      setHidden(section, !view.snapshot?.timeline);
      setText(heading, nameHeading("timeline", view.snapshot, language.t));
      setHidden(nothing, view.snapshot?.timeline?.points.length !== 0);
      drawRates(view);
      drawChart(view);
    },
  };
}
