/**
 * The timeline: the cumulative total as a line, and below it, on a scale of its own, what each step
 * brought; or, of a contest, a line for each side. Drawn on a canvas, and not often: it is the dearest drawing, and moves the least.
 */
import { make, setData, setHidden, setText } from "../dom.js";
import { createPainter } from "../painter.js";
import { safeText } from "../safe_text.js";
import { ALL } from "../totals.js";
import { drawAxes, frameOf } from "./axes.js";
import { drawLines } from "./chart_lines.js";
import { plotLines, plotTimeline } from "./plot.js";

/** @typedef {import("./plot.js").Plot} Plot */
/** @typedef {import("./axes.js").Frame} Frame */

const EVERY_MS = 2_500;
const COLUMNS_PART = 0.24; // of the height, where there is room for both
const LEAST_LINES_BOTH = 13; // of text

/**
 * `not_drawn` is where is told what lies too far apart to be drawn.
 * @type {(canvas: HTMLCanvasElement, not_drawn: HTMLElement,
 *   language: import("../types.js").Language) => import("../types.js").Panel}
 */
export function createChart(canvas, not_drawn, { format, t, items }) {
  const context = canvas.getContext("2d");
  const probe = make("span"); // what colour a group has, the style sheets alone know
  setHidden(probe, true);
  canvas.after(probe);
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
    context.clearRect(0, 0, width, height);
    const frame = frameOf(canvas, context, width, height);
    if (drawGroups(frame, view)) return;
    const plot = plotTimeline(timeline, column, total, now_ms / 1000);
    tellApart(plot?.apart ?? []);
    describe(plot, measure);
    if (plot) drawTotal(frame, plot, measure);
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

  /**
   * A line for each group that the board follows; false where it follows none.
   * @type {(frame: Frame, view: import("../types.js").View) => boolean}
   */
  function drawGroups(frame, { snapshot, measure, now_ms, colours }) {
    const timeline = snapshot?.timeline;
    const groups = timeline?.lines ?? [];
    // Lines are of the first sum, else of the number of items.
    const followed = snapshot?.measures[Math.min(1, snapshot.measures.length - 1)];
    if (!snapshot || !timeline || groups.length === 0 || !followed) return false;
    const sums = groups.map((group, place) => ({
      column: 1 + snapshot.measures.length + place,
      total: Object.hasOwn(snapshot.totals, group) ? (snapshot.totals[group][followed.name] ?? 0) : 0,
    }));
    const plot = plotLines(timeline, sums, now_ms / 1000);
    tellApart(plot?.apart ?? []);
    canvas.setAttribute("aria-label", plot ? format.list(groups.map((group, place) =>
      `${safeText(group)}: ${format.amount(sums[place].total, followed)}`)) : t("nothing_yet"));
    if (!plot) return true;
    const lines = plot.lines.map((line, place) =>
      ({ group: groups[place], colour: colourOf(groups[place], colours), line }));
    drawLines(frame, plot, lines, followed, format);
    setData(canvas, "lines", groups.length);
    return true;
  }

  /**
   * A group's colour as the style sheets have it: the board's own, or its place in the palette.
   * @type {(group: string, colours: Map<string, number>) => string}
   */
  function colourOf(group, colours) {
    setData(probe, "group", group);
    setData(probe, "colour", colours.get(group) ?? "rest");
    const style = getComputedStyle(probe);
    return (style.getPropertyValue("--colour") || style.getPropertyValue("--rest")).trim();
  }

  /** @type {(frame: Frame, plot: Plot, measure: import("../types.js").Measure) => void} */
  function drawTotal(frame, plot, measure) {
    const { pen, height, font_px, is_rtl, colour } = frame;
    const floor = height - font_px * 1.7;
    const has_both = floor > font_px * LEAST_LINES_BOTH;
    const strip = has_both ? Math.round(floor * COLUMNS_PART) : 0;
    const bottom = has_both ? floor - strip - font_px * 1.9 : floor;
    const { x, y, from, to } = drawAxes(frame, plot, measure, format, bottom);
    if (has_both) drawColumns();
    drawLine();

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
      pen.lineWidth = Math.max(1, font_px / 14);
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
