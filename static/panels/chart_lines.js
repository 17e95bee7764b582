/** A line for each side of a contest, in its colour, with its name at its end. */
import { safeText } from "../safe_text.js";
import { drawAxes } from "./axes.js";
import { spreadLabels } from "./line_labels.js";

const MOST_ASIDE = 0.36; // of the width, for the names

/**
 * @typedef {{group: string, colour: string, line: [number, number][]}} Line
 */

/**
 * @type {(frame: import("./axes.js").Frame,
 *   plot: {first: number, end: number, now: number, least: number, most: number}, lines: Line[],
 *   measure: import("../types.js").Measure, format: import("../types.js").Format) => void}
 */
export function drawLines(frame, plot, lines, measure, format) {
  const { pen, width, height, font_px, is_rtl, colour } = frame;
  const bottom = height - font_px * 1.7;
  const family = pen.font;
  pen.font = `700 ${family}`;
  const most_px = width * MOST_ASIDE;
  const names = lines.map(({ group }) => shorten(pen, safeText(group), most_px));
  const aside = Math.max(...names.map((name) => pen.measureText(name).width)) + font_px;
  pen.font = family;
  const { x, y, to } = drawAxes(frame, plot, measure, format, bottom, aside);

  pen.lineJoin = "round";
  for (const { colour: own, line } of lines) {
    pen.beginPath();
    line.forEach(([seconds, level], place) =>
      place === 0 ? pen.moveTo(x(seconds), y(level)) : pen.lineTo(x(seconds), y(level)));
    // On a wall of any colour a line stands out by a rim of the ground.
    pen.strokeStyle = colour("--ground");
    pen.lineWidth = Math.max(4, font_px / 2.4);
    pen.stroke();
    pen.strokeStyle = own;
    pen.lineWidth = Math.max(2.5, font_px / 4);
    pen.stroke();
  }
  const ends = lines.map(({ line }) => y(line[line.length - 1][1]));
  const heights = spreadLabels(ends, font_px * 1.35, font_px * 0.3, bottom + font_px * 0.4);
  const at = x(plot.now) + (is_rtl ? -1 : 1) * font_px * 0.2;
  pen.font = `700 ${family}`;
  pen.textBaseline = "middle";
  pen.textAlign = is_rtl ? "right" : "left";
  lines.forEach(({ colour: own }, place) => {
    pen.fillStyle = own;
    pen.beginPath();
    pen.arc(x(plot.now), ends[place], font_px * 0.34, 0, 2 * Math.PI);
    pen.fill();
    pen.fillStyle = colour("--text");
    // The first minutes leave the lines' ends far from the names; a name stays beside its end.
    const beside = Math.abs(to - at) > aside ? at : to;
    pen.fillText(names[place], beside + (is_rtl ? -1 : 1) * font_px * 0.6, heights[place]);
  });
  pen.font = family;
}

/** @type {(pen: CanvasRenderingContext2D, text: string, most_px: number) => string} */
function shorten(pen, text, most_px) {
  const letters = [...text];
  if (pen.measureText(text).width <= most_px) return text;
  while (letters.length > 1 && pen.measureText(`${letters.join("")}\u2026`).width > most_px) letters.pop();
  return `${letters.join("").trimEnd()}\u2026`;
}
