/**
 * The timeline: the cumulative total as a line over an area, and what each step brought as columns
 * below it. Drawn on a canvas, and not often: it is the dearest drawing, and moves the least.
 */
import { byId, setHidden, setText } from "../dom.js";
import { createPainter } from "../painter.js";
import { ALL } from "../totals.js";
import { columnSeconds, joinPoints } from "./columns.js";
import { endOfTime } from "./end_of_time.js";
import { roundSteps } from "./scale.js";

const EVERY_MS = 2_500;
const COLUMNS_PART = 0.28; // of the height
const DAY_SECONDS = 86_400;

/** @type {(language: import("../types.js").Language) => import("../types.js").Panel} */
export function createChart({ format, t }) {
  const panel = byId("timeline-panel");
  const canvas = /** @type {HTMLCanvasElement} */ (byId("chart"));
  const context = canvas.getContext("2d");
  /** @type {import("../types.js").View | null} */
  let view = null;
  /** @type {import("../types.js").Point[] | null} */
  let drawn = null;
  let drawn_minute = 0;
  let width = 0;
  let height = 0;
  const paint = createPainter(draw, EVERY_MS);
  setText(byId("timeline-title"), t("timeline"));

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
    const { points, step_seconds } = timeline;
    const style = getComputedStyle(canvas);
    const colour = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
    const is_rtl = style.direction === "rtl";
    const font_px = parseFloat(style.fontSize);
    context.clearRect(0, 0, width, height);
    context.font = `${font_px}px ${style.fontFamily}`;

    const first = points[0]?.[0] ?? now_ms / 1000 - step_seconds;
    const last = points.at(-1)?.[0] ?? first;
    const end = Math.max(endOfTime(first, last + step_seconds, now_ms / 1000), last + 1);
    const total = snapshot.totals[ALL]?.[measure.name] ?? 0;
    const sum = points.reduce((all, point) => all + point[column], 0);
    let reached = total - sum; // what is on no point, such as an item without a time
    let most = Math.max(reached, total);
    let level = reached;
    for (const point of points) most = Math.max(most, (level += point[column]));
    const unit = 10 ** measure.exponent;
    const lines = Math.max(2, Math.min(4, Math.floor(height / font_px / 4)));
    const steps = roundSteps(most / unit, lines);
    const top = (steps.at(-1) ?? 1) * unit;

    const labels = steps.map((step) => format.compact(step * unit, measure));
    const widest = Math.max(...labels.map((text) => context.measureText(text).width));
    const margin = widest + font_px * 0.6;
    const floor = height - font_px * 1.6;
    const ceiling = font_px * 0.8;
    const from = is_rtl ? width - margin : margin;
    const to = is_rtl ? 2 : width - 2;
    const x = (/** @type {number} */ seconds) =>
      from + ((Math.min(seconds, end) - first) / (end - first)) * (to - from);
    const y = (/** @type {number} */ value) =>
      floor - (Math.max(0, value) / top) * (floor - ceiling);

    context.lineWidth = Math.max(1, font_px / 14);
    context.strokeStyle = colour("--line");
    context.fillStyle = colour("--muted");
    context.textBaseline = "middle";
    context.textAlign = is_rtl ? "left" : "right";
    context.beginPath();
    [0, ...steps].forEach((step, index) => {
      context.moveTo(from, y(step * unit));
      context.lineTo(to, y(step * unit));
      if (index > 0) {
        context.fillText(labels[index - 1], from + font_px * (is_rtl ? 0.5 : -0.5), y(step * unit));
      }
    });
    context.stroke();
    drawTimes();
    drawColumns();
    drawLine();

    function drawTimes() {
      if (!context) return;
      context.textBaseline = "alphabetic";
      const span = end - first;
      const label = (/** @type {number} */ seconds) =>
        span < DAY_SECONDS * 1.5 ? format.time(seconds * 1000) : format.date(seconds * 1000);
      const bottom = height - font_px * 0.2;
      context.textAlign = is_rtl ? "right" : "left";
      context.fillText(label(first), from, bottom);
      context.textAlign = is_rtl ? "left" : "right";
      context.fillText(label(end), to, bottom);
      if (Math.abs(to - from) < context.measureText(label(first)).width * 4) return;
      context.textAlign = "center";
      context.fillText(label(first + span / 2), (from + to) / 2, bottom);
    }

    function drawColumns() {
      if (!context) return;
      const wide_seconds = columnSeconds(end - first, step_seconds);
      const columns = joinPoints(points, column, wide_seconds);
      const tallest = Math.max(1, ...columns.values());
      context.fillStyle = colour("--column");
      for (const [start, sum] of columns) {
        const left = x(Math.max(first, start));
        const size = Math.max(0, sum / tallest) * (floor - ceiling) * COLUMNS_PART;
        context.fillRect(left, floor - size, (x(start + wide_seconds) - left) * 0.8, size);
      }
    }

    function drawLine() {
      if (!context) return;
      context.beginPath();
      context.moveTo(x(first), y(reached));
      for (const point of points) {
        context.lineTo(x(point[0]), y(reached));
        reached += point[column];
        context.lineTo(x(point[0] + step_seconds), y(reached));
      }
      context.lineTo(x(end), y(reached));
      context.strokeStyle = colour("--accent");
      context.lineWidth = Math.max(2, font_px / 5);
      context.lineJoin = "round";
      context.stroke();
      context.lineTo(x(end), floor);
      context.lineTo(x(first), floor);
      context.fillStyle = colour("--area");
      context.fill();
    }
  }

  return (new_view) => {
    view = new_view;
    const points = view.snapshot?.timeline?.points ?? null;
    setHidden(panel, points === null);
    const minute = Math.floor(view.now_ms / 60_000);
    if (points === null || (points === drawn && minute === drawn_minute)) return;
    drawn_minute = minute;
    paint();
  };
}
