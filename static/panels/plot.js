/** What a chart shows of a timeline, before any pixel: pure, and tested. */
import { splitApart } from "./bulk.js";
import { columnSeconds, joinPoints } from "./columns.js";
import { endOfTime } from "./end_of_time.js";

/**
 * @typedef {import("../types.js").Point} Point
 *
 * @typedef {object} Plot times in seconds, values in minor units
 * @property {number} first
 * @property {number} end where the axis ends
 * @property {number} now where the line ends
 * @property {[number, number][]} line time and level, in order
 * @property {number} least of the line's levels and zero
 * @property {number} most
 * @property {Map<number, number>} columns start → what came in
 * @property {number} wide_seconds of a column
 * @property {Point[]} apart points that are not drawn
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
  const { step_seconds } = timeline;
  const { points, apart } = splitApart(timeline.points);
  if (points.length === 0) return null;
  const first = points[0][0];
  const last = points[points.length - 1][0] + step_seconds;
  const now = Math.max(endOfTime(first, last, now_seconds), last);
  const end = Math.max(now, first + LEAST_STEPS * step_seconds);
  let level = points.reduce((left, point) => left - point[column], total);
  /** @type {[number, number][]} */
  const line = [[first, level]];
  for (const point of points) {
    line.push([point[0], level]);
    level += point[column];
    line.push([Math.min(now, point[0] + step_seconds), level]);
  }
  line.push([now, level]);
  const levels = line.map(([, value]) => value);
  const wide_seconds = columnSeconds(end - first, step_seconds);
  return {
    first,
    end,
    now,
    line,
    least: Math.min(0, ...levels),
    most: Math.max(0, ...levels),
    columns: joinPoints(points, column, wide_seconds),
    wide_seconds,
    apart,
  };
}
