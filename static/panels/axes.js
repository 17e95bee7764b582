/** A chart's axes: round values at the side, times below, and where a time and a value are drawn. */
import { roundSteps, roundTop } from "./scale.js";
import { roundTimes } from "./round_times.js";

const DAY_SECONDS = 86_400;
const LEAST_LINES = 7; // of text, where two steps have room

/**
 * @typedef {object} Frame what is drawn in
 * @property {CanvasRenderingContext2D} pen
 * @property {number} width
 * @property {number} height
 * @property {number} font_px
 * @property {boolean} is_rtl
 * @property {(name: string) => string} colour of the style sheet
 *
 * @typedef {object} Axes
 * @property {number} from where the first time is, across
 * @property {number} to
 * @property {(seconds: number) => number} x
 * @property {(minor: number) => number} y
 */

/** @type {(canvas: HTMLCanvasElement, pen: CanvasRenderingContext2D, width: number, height: number) => Frame} */
export function frameOf(canvas, pen, width, height) {
  const style = getComputedStyle(canvas);
  const font_px = parseFloat(style.fontSize);
  pen.font = `${font_px}px ${style.fontFamily}`;
  return {
    pen,
    width,
    height,
    font_px,
    is_rtl: style.direction === "rtl",
    colour: (name) => style.getPropertyValue(name).trim(),
  };
}

/**
 * Draws the axes; `bottom` is where the least value is, `aside_px` is left free beyond the last time.
 * @type {(frame: Frame, plot: {first: number, end: number, least: number, most: number},
 *   measure: import("../types.js").Measure, format: import("../types.js").Format,
 *   bottom: number, aside_px?: number) => Axes}
 */
export function drawAxes(frame, plot, measure, format, bottom, aside_px = 2) {
  const { pen, width, height, font_px, is_rtl, colour } = frame;
  const ceiling = font_px * 0.8;
  const unit = 10 ** measure.exponent;
  const wanted = bottom / font_px < LEAST_LINES ? 1 : 2;
  const all_steps = roundSteps(plot.least / unit, plot.most / unit, wanted);
  const top = roundTop(all_steps, plot.most / unit);
  const steps = all_steps.filter((step) => step <= top);
  const labels = steps.map((step) => format.compact(step * unit, measure));
  const margin = Math.max(...labels.map((text) => pen.measureText(text).width)) + font_px * 0.6;
  const from = is_rtl ? width - margin : margin;
  const to = is_rtl ? aside_px : width - aside_px;
  const lowest = steps[0] * unit;
  const highest = Math.max(lowest + 1, top * unit);
  const axes = {
    from,
    to,
    x: (/** @type {number} */ seconds) =>
      from + ((Math.min(seconds, plot.end) - plot.first) / (plot.end - plot.first)) * (to - from),
    y: (/** @type {number} */ value) =>
      bottom - ((value - lowest) / (highest - lowest)) * (bottom - ceiling),
  };

  pen.lineWidth = Math.max(1, font_px / 14);
  pen.strokeStyle = colour("--line");
  pen.fillStyle = colour("--muted");
  pen.textBaseline = "middle";
  pen.textAlign = is_rtl ? "left" : "right";
  pen.beginPath();
  steps.forEach((step, index) => {
    const height_px = Math.round(axes.y(step * unit));
    pen.moveTo(from, height_px);
    pen.lineTo(to, height_px);
    if (steps.length > 1) {
      pen.fillText(labels[index], from + font_px * (is_rtl ? 0.5 : -0.5), height_px);
    }
  });
  pen.stroke();
  drawTimes(frame, axes, plot, format, height - font_px * 0.25);
  return axes;
}

/** @type {(frame: Frame, axes: Axes, plot: {first: number, end: number},
 *   format: import("../types.js").Format, baseline: number) => void} */
function drawTimes({ pen, width, font_px }, { from, to, x }, plot, format, baseline) {
  const span = plot.end - plot.first;
  const aheadOf = (/** @type {number} */ seconds) => format.ahead(seconds * 1000);
  // At midnight a day begins, which its date tells.
  const label = (/** @type {number} */ seconds) =>
    span > DAY_SECONDS * 0.75 && (seconds + aheadOf(seconds)) % DAY_SECONDS === 0
      ? format.date(seconds * 1000)
      : format.time(seconds * 1000);
  const samples = span < DAY_SECONDS * 0.75 ? [format.time] : [format.time, format.date];
  const wide = Math.max(...samples.map((write) => pen.measureText(write(plot.end * 1000)).width));
  const most = Math.max(1, Math.floor(Math.abs(to - from) / (wide * 1.15 + font_px * 1.5)));
  pen.textBaseline = "alphabetic";
  pen.textAlign = "center";
  const top = baseline - font_px * 1.45;
  pen.beginPath();
  for (const seconds of roundTimes(plot.first, plot.end, most, aheadOf)) {
    const at = Math.round(x(seconds));
    pen.moveTo(at, top);
    pen.lineTo(at, top + font_px * 0.35);
    const text = label(seconds);
    const half = pen.measureText(text).width / 2;
    if (at - half >= 0 && at + half <= width) pen.fillText(text, at, baseline);
  }
  pen.stroke();
}
