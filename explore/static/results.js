/** Shows an answer, as a table or as a chart, or why there is none. */
import { byId, make, setHidden, setText } from "../../static/dom.js";
import { drawChart } from "./chart.js";
import { listValues, makeChart } from "./chart_data.js";
import { MOST_ROWS, makeTable } from "./table.js";

/** @typedef {import("./api.js").Answer} Answer */

/** @type {() => {show: (answer: Answer) => void, fail: (text: string) => void}} */
export function createResults() {
  const value = /** @type {HTMLSelectElement} */ (byId("value"));
  const buttons = { table: byId("as-table"), chart: byId("as-chart") };
  /** @type {Answer | null} */
  let answer = null;
  let is_chart = false;

  function draw() {
    if (!answer) return;
    const values = listValues(answer);
    const names = [...value.options].map((option) => option.value);
    if (names.join("\n") !== values.join("\n")) value.replaceChildren(...values.map((name) => new Option(name, name)));
    const chart = makeChart(answer, value.value || values[0]);
    const shows_chart = is_chart && chart !== null;
    /** @type {HTMLButtonElement} */ (buttons.chart).disabled = chart === null;
    buttons.table.setAttribute("aria-pressed", String(!shows_chart));
    buttons.chart.setAttribute("aria-pressed", String(shows_chart));
    setHidden(byId("value-label"), !shows_chart || values.length < 2);
    setHidden(byId("rows"), shows_chart);
    setHidden(byId("chart"), !shows_chart);
    if (shows_chart) byId("chart").replaceChildren(drawChart(chart, byId("chart").clientWidth));
    else byId("rows").replaceChildren(makeTable(answer));
  }

  buttons.table.addEventListener("click", () => {
    is_chart = false;
    draw();
  });
  buttons.chart.addEventListener("click", () => {
    is_chart = true;
    draw();
  });
  value.addEventListener("change", draw);
  addEventListener("resize", () => {
    if (is_chart) draw();
  });

  return {
    show: (new_answer) => {
      answer = new_answer;
      setHidden(byId("problem"), true);
      setHidden(byId("views"), false);
      setText(byId("summary"), summarize(answer));
      byId("warnings").replaceChildren(...answer.warnings.map((text) => make("li", "", text)));
      setHidden(byId("warnings"), answer.warnings.length === 0);
      draw();
    },
    fail: (text) => {
      answer = null;
      setText(byId("problem"), text);
      setHidden(byId("problem"), false);
      setText(byId("summary"), "");
      for (const id of ["views", "warnings", "rows", "chart"]) setHidden(byId(id), true);
    },
  };
}

/** @type {(answer: Answer) => string} */
function summarize({ rows, truncated, stats, status }) {
  const parts = [`${rows.toLocaleString("en")} ${rows === 1 ? "row" : "rows"}`];
  if (truncated) parts[0] = `The first ${parts[0]}; there are more`;
  else if (rows > MOST_ROWS) parts.push(`the first ${MOST_ROWS.toLocaleString("en")} are shown`);
  const time = new Date(status.created).toLocaleTimeString("en-GB");
  // An answer is kept until the data changes.
  if (stats.cached) parts.push(`unchanged since ${time}`);
  else parts.push(`${stats.elapsed_ms.toLocaleString("en")} ms`, `as of ${time}`);
  return parts.join(" · ");
}
