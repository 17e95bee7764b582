/** What a chart shows of a timeline, before any pixel: pure, and tested. */
import { splitApart } from "./bulk.js";
import { columnSeconds, joinPoints } from "./columns.js";
import { endOfTime } from "./end_of_time.js";

/**
 * @typedef {import("../types.js").Point} Point
 *
 * @typedef {object} Span times in seconds
 * @property {Point[]} points those that are drawn
 * @property {Point[]} apart those that are not
 * @property {number} first
 * @property {number} end where the axis ends
 * @property {number} now where the line ends
 * @property {number} step_seconds
 *
 * @typedef {Span & {line: [number, number][], least: number, most: number,
 *   columns: Map<number, number>, wide_seconds: number}} Plot values in minor units: `line` has time
 *   and level, `least` and `most` are of the levels and zero, `columns` start → what came in
 */

// The first minutes fill a part of the axis, not all of it.
const LEAST_STEPS = 12;

/**
 * `column` is the measure's place in a point, `total` its sum now. What is on no point that is drawn,
 * such as an item without a time, is below the line from the start.
 * @param {{points: Point[], step_seconds: number}} timeline
 * @param {number} column
 * @param {number} total
 * @param {number} now_seconds
 * @returns {Plot | null} null while there is nothing to draw
 */
export function plotTimeline(timeline, column, total, now_seconds) {
  const span = spanTime(timeline, now_seconds);
  if (!span) return null;
  const { points, first, end } = span;
  const line = trace(span, column, total);
  const wide_seconds = columnSeconds(end - first, timeline.step_seconds);
  return {
    ...span,
    line,
    ...bounds([line]),
    columns: joinPoints(points, column, wide_seconds),
    wide_seconds,
  };
}

/**
 * A line for each of `groups`: the column of a point that has what went to it, and its sum now.
 * @param {{points: Point[], step_seconds: number}} timeline
 * @param {{column: number, total: number}[]} groups
 * @param {number} now_seconds
 * @returns {(Span & {lines: [number, number][][], least: number, most: number}) | null}
 */
export function plotLines(timeline, groups, now_seconds) {
  const span = spanTime(timeline, now_seconds);
  if (!span) return null;
  const lines = groups.map(({ column, total }) => trace(span, column, total));
  return { ...span, lines, ...bounds(lines) };
}

/** @type {(timeline: {points: Point[], step_seconds: number}, now_seconds: number) => Span | null} */
function spanTime({ points: all, step_seconds }, now_seconds) {
  const { points, apart } = splitApart(all);
  if (points.length === 0) return null;
  const first = points[0][0];
  const last = points[points.length - 1][0] + step_seconds;
  const now = Math.max(endOfTime(first, last, now_seconds), last);
  const end = Math.max(now, first + LEAST_STEPS * step_seconds);
  return { points, apart, first, now, end, step_seconds };
}

/** @type {(span: Span, column: number, total: number) => [number, number][]} */
function trace({ points, first, now, step_seconds }, column, total) {
  let level = points.reduce((left, point) => left - point[column], total);
  /** @type {[number, number][]} */
  const line = [[first, level]];
  for (const point of points) {
    // Most points begin where the one before ended.
    if (line[line.length - 1][0] !== point[0]) line.push([point[0], level]);
    level += point[column];
    line.push([Math.min(now, point[0] + step_seconds), level]);
  }
  line.push([now, level]);
  return line;
}

/** @type {(lines: [number, number][][]) => {least: number, most: number}} */
function bounds(lines) {
  const levels = lines.flatMap((line) => line.map(([, value]) => value));
  return { least: Math.min(0, ...levels), most: Math.max(0, ...levels) };
}
