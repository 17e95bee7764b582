/** Draws a simple chart: bars with their names, or a line over time. The table has the same rows. */
import { make } from "../../static/dom.js";
import { roundSteps, roundTop } from "../../static/panels/scale.js";
import { safeText } from "../../static/safe_text.js";

/** @typedef {import("./chart_data.js").Chart} Chart */

const SVG = "http://www.w3.org/2000/svg";
const HEIGHT = 340;
const [LEFT, RIGHT, TOP, BOTTOM] = [8, 8, 16, 30];
const LINES = 4;

const exact = new Intl.NumberFormat("en", { maximumFractionDigits: 6 });
const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

/** @type {(chart: Chart, width: number) => HTMLElement} */
export function drawChart(chart, width) {
  const figure = make("figure");
  figure.append(chart.kind === "line" ? drawLine(chart, width) : drawBars(chart));
  const rows = chart.left_out === 1 ? "1 row is" : `${exact.format(chart.left_out)} rows are`;
  const left_out = chart.left_out > 0 ? ` ${rows} not drawn.` : "";
  const over = chart.label ? ` by ${safeText(chart.label)}` : "";
  figure.append(make("figcaption", "hint", `${safeText(chart.value)}${over}.${left_out}`));
  return figure;
}

/** @type {(chart: Chart) => HTMLElement} */
function drawBars({ points }) {
  const least = Math.min(0, ...points.map(({ value }) => value));
  const span = Math.max(0, ...points.map(({ value }) => value)) - least || 1;
  const list = make("ol", "bars");
  for (const { label, value } of points) {
    const row = make("li");
    const name = make("span", "label", safeText(label));
    name.dir = "auto";
    const way = make("span", "way");
    const bar = make("span", "bar");
    bar.style.setProperty("--from", String((Math.min(0, value) - least) / span));
    bar.style.setProperty("--part", String(Math.abs(value) / span));
    way.append(bar);
    row.append(name, way, make("span", "figure", exact.format(value)));
    list.append(row);
  }
  return list;
}

/** @type {(chart: Chart, width: number) => SVGElement} */
function drawLine({ points, value, label }, width) {
  const values = points.map((point) => point.value);
  const steps = roundSteps(Math.min(0, ...values), Math.max(0, ...values), LINES);
  const [low, high] = [steps[0], Math.max(roundTop(steps, Math.max(0, ...values)), steps[0] + 1e-9)];
  const [first, last] = [points[0].at, points[points.length - 1].at];
  /** @type {(at: number) => number} */
  const x = (at) => LEFT + ((at - first) / (last - first || 1)) * (width - LEFT - RIGHT);
  /** @type {(level: number) => number} */
  const y = (level) => HEIGHT - BOTTOM - ((level - low) / (high - low)) * (HEIGHT - TOP - BOTTOM);

  const drawing = shape("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, role: "img" });
  const title = shape("title");
  title.textContent = `${value} by ${label}, from ${points[0].label} to ${points[points.length - 1].label}`;
  drawing.append(title);
  for (const step of steps.filter((one) => one <= high)) {
    drawing.append(shape("line", { class: "step", x1: 0, x2: width, y1: y(step), y2: y(step) }));
    drawing.append(words(short.format(step), 2, y(step) - 5, "start"));
  }
  const way = points.map((point, place) => `${place ? "L" : "M"}${x(point.at).toFixed(1)} ${y(point.value).toFixed(1)}`);
  const area = `${way.join("")}L${x(last).toFixed(1)} ${y(low).toFixed(1)}L${x(first).toFixed(1)} ${y(low).toFixed(1)}Z`;
  drawing.append(shape("path", { class: "area", d: area }));
  drawing.append(shape("path", { class: "line", d: way.join("") }));
  drawing.append(words(shorten(points[0].label), LEFT, HEIGHT - 8, "start"));
  drawing.append(words(shorten(points[points.length - 1].label), width - RIGHT, HEIGHT - 8, "end"));
  return drawing;
}

/** @type {(text: string, x: number, y: number, anchor: string) => SVGElement} */
function words(text, x, y, anchor) {
  const element = shape("text", { x, y, "text-anchor": anchor });
  element.textContent = text;
  return element;
}

/** @type {(name: string, attributes?: Record<string, string | number>) => SVGElement} */
function shape(name, attributes = {}) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  return element;
}

/** A time without what is zero. @type {(label: string) => string} */
const shorten = (label) => label.replace("T", " ").replace(/(:00)?(\.0+)?Z$/, "");
