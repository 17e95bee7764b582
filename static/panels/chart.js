/**
 * The timeline: the cumulative total as a line, and below it, on a scale of its own, what each step
 * brought. Drawn on a canvas, and not often: it is the dearest drawing, and moves the least.
 */
import { setData, setHidden, setText } from "../dom.js";
import { createPainter } from "../painter.js";
import { ALL } from "../totals.js";
import { plotTimeline } from "./plot.js";
import { roundSteps } from "./scale.js";

/** @typedef {import("./plot.js").Plot} Plot */

const EVERY_MS = 2_500;
const DAY_SECONDS = 86_400;
const COLUMNS_PART = 0.24; // of the height, where there is room for both
const LEAST_LINES_BOTH = 13; // of text

/**
 * `not_drawn` is where is told what lies too far apart to be drawn.
 * @type {(canvas: HTMLCanvasElement, not_drawn: HTMLElement,
 *   language: import("../types.js").Language) => import("../types.js").Panel}
 */
export function createChart(canvas, not_drawn, { format, t, items }) {
  const context = canvas.getContext("2d");
  /** @type {import("../types.js").View | null} */
  let view = null;
  /** @type {import("../types.js").Point[] | null} */
  let drawn = null;
  let drawn_frame = "";
  let width = 0;
  let height = 0;
  const paint = createPainter(draw, EVERY_MS);

  new ResizeObserver(([{ contentRect }]) => {
    const density = Math.min(2, devicePixelRatio || 1);
    width = Math.round(contentRect.width);
    height = Math.round(contentRect.height);
    canvas.width = width * density;
    canvas.height = height * density;
    context?.setTransform(density, 0, 0, density, 0, 0);
    draw(); // at once: a canvas of a new size is empty
  }).observe(/** @type {HTMLElement} */ (canvas.parentElement));

  function draw() {
    const timeline = view?.snapshot?.timeline;
    if (!context || !view?.snapshot || !timeline || width < 40 || height < 40) return;
    drawn = timeline.points;
    const { measure, snapshot, now_ms } = view;
    const column = snapshot.measures.findIndex(({ name }) => name === measure.name) + 1;
    const total = snapshot.totals[ALL]?.[measure.name] ?? 0;
    const plot = plotTimeline(timeline, column, total, now_ms / 1000);
    context.clearRect(0, 0, width, height);
    tellApart(plot?.apart ?? []);
    describe(plot, measure);
    if (plot) drawPlot(context, plot, measure);
  }

  /** @type {(plot: Plot | null, measure: import("../types.js").Measure) => void} for who cannot see it */
  function describe(plot, measure) {
    if (!plot) return canvas.setAttribute("aria-label", t("nothing_yet"));
    const now_ms = plot.now * 1000;
    const [, begin] = plot.line[0];
    const [, end] = plot.line[plot.line.length - 1];
    canvas.setAttribute("aria-label", t("chart_said", {
      from: format.time(plot.first * 1000, now_ms),
      begin: format.amount(begin, measure),
      to: format.time(now_ms, now_ms),
      end: format.amount(end, measure),
    }));
  }

  /** @type {(points: import("../types.js").Point[]) => void} */
  function tellApart(points) {
    setHidden(not_drawn, points.length === 0);
    if (points.length === 0) return;
    const count = points.reduce((sum, point) => sum + point[1], 0);
    const when = format.list([...new Set(points.map(([start]) => format.year(start * 1000)))]);
    setText(not_drawn, t("not_drawn", { items: items(view?.snapshot?.words, count), when }));
  }

  /** @type {(pen: CanvasRenderingContext2D, plot: Plot, measure: import("../types.js").Measure)
   *   => void} */
  function drawPlot(pen, plot, measure) {
    const style = getComputedStyle(canvas);
    const colour = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
    const is_rtl = style.direction === "rtl";
    const font_px = parseFloat(style.fontSize);
    const thin_px = Math.max(1, font_px / 14);
    pen.font = `${font_px}px ${style.fontFamily}`;
    const floor = height - font_px * 1.7;
    const has_both = floor > font_px * LEAST_LINES_BOTH;
    const strip = has_both ? Math.round(floor * COLUMNS_PART) : 0;
    const bottom = has_both ? floor - strip - font_px * 1.9 : floor;
    const ceiling = font_px * 0.8;

    const unit = 10 ** measure.exponent;
    const wanted = Math.max(2, Math.min(4, Math.floor(bottom / font_px / 3.5)));
    const steps = roundSteps(plot.least / unit, plot.most / unit, wanted);
    const labels = steps.map((step) => format.compact(step * unit, measure));
    const margin = Math.max(...labels.map((text) => pen.measureText(text).width)) + font_px * 0.6;
    const from = is_rtl ? width - margin : margin;
    const to = is_rtl ? 2 : width - 2;
    const lowest = steps[0] * unit;
    const highest = Math.max(lowest + 1, steps[steps.length - 1] * unit);
    const x = (/** @type {number} */ seconds) =>
      from + ((Math.min(seconds, plot.end) - plot.first) / (plot.end - plot.first)) * (to - from);
    const y = (/** @type {number} */ value) =>
      bottom - ((value - lowest) / (highest - lowest)) * (bottom - ceiling);

    drawScale();
    drawTimes();
    if (has_both) drawColumns();
    drawLine();

    function drawScale() {
      pen.lineWidth = thin_px;
      pen.strokeStyle = colour("--line");
      pen.fillStyle = colour("--muted");
      pen.textBaseline = "middle";
      pen.textAlign = is_rtl ? "left" : "right";
      pen.beginPath();
      steps.forEach((step, index) => {
        const height_px = Math.round(y(step * unit));
        pen.moveTo(from, height_px);
        pen.lineTo(to, height_px);
        if (steps.length > 1) {
          pen.fillText(labels[index], from + font_px * (is_rtl ? 0.5 : -0.5), height_px);
        }
      });
      pen.stroke();
    }

    function drawTimes() {
      const is_short = plot.end - plot.first < DAY_SECONDS * 1.5;
      const label = (/** @type {number} */ seconds) =>
        is_short ? format.time(seconds * 1000) : format.date(seconds * 1000);
      const [left, right] = [label(plot.first), label(plot.end)];
      pen.textBaseline = "alphabetic";
      const baseline = height - font_px * 0.25;
      pen.textAlign = is_rtl ? "right" : "left";
      pen.fillText(left, from, baseline);
      if (right === left) return;
      pen.textAlign = is_rtl ? "left" : "right";
      pen.fillText(right, to, baseline);
      const middle = label((plot.first + plot.end) / 2);
      const has_room = Math.abs(to - from) > pen.measureText(left).width * 4;
      if (!has_room || middle === left || middle === right) return;
      pen.textAlign = "center";
      pen.fillText(middle, (from + to) / 2, baseline);
    }

    function drawColumns() {
      const best = Math.max(0, ...plot.columns.values());
      const worst = Math.min(0, ...plot.columns.values());
      const zero = floor - (-worst / Math.max(1, best - worst)) * strip;
      pen.fillStyle = colour("--column");
      for (const [start, sum] of plot.columns) {
        const [one, other] = [x(Math.max(plot.first, start)), x(start + plot.wide_seconds)];
        const size = (sum / Math.max(1, best - worst)) * strip;
        pen.fillRect(one, zero, (other - one) * 0.82, -size);
      }
      pen.lineWidth = thin_px;
      pen.strokeStyle = colour("--line");
      pen.beginPath();
      pen.moveTo(from, Math.round(zero));
      pen.lineTo(to, Math.round(zero));
      pen.stroke();
      if (best <= 0) return;
      pen.fillStyle = colour("--muted");
      pen.textBaseline = "alphabetic";
      pen.textAlign = is_rtl ? "right" : "left";
      const span = format.span(plot.wide_seconds);
      const text = t("best", { span, sum: format.amount(best, measure) });
      pen.fillText(text, from, floor - strip - font_px * 0.45);
      setData(canvas, "best", best);
    }

    function drawLine() {
      pen.beginPath();
      plot.line.forEach(([seconds, level], place) =>
        place === 0 ? pen.moveTo(x(seconds), y(level)) : pen.lineTo(x(seconds), y(level)));
      pen.strokeStyle = colour("--accent");
      pen.lineWidth = Math.max(2, font_px / 5);
      pen.lineJoin = "round";
      pen.stroke();
      pen.lineTo(x(plot.now), y(0));
      pen.lineTo(x(plot.first), y(0));
      pen.fillStyle = colour("--area");
      pen.fill();
    }
  }

  return (new_view) => {
    view = new_view;
    const points = view.snapshot?.timeline?.points ?? null;
    // What is on a canvas does not change with the style sheet, nor when a font comes.
    const worn = document.documentElement.dataset.worn ?? "";
    const frame = `${Math.floor(view.now_ms / 60_000)} ${worn} ${document.fonts.status}`;
    if (points === null || (points === drawn && frame === drawn_frame)) return;
    drawn_frame = frame;
    paint();
  };
}
