/** @typedef {import("../types.js").Point} Point */

// As many as can be told apart from the back of a hall.
const MOST = 48;
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10_080, 43_200];

/**
 * The width of a chart's columns: as many of the points' steps as it takes for few enough columns.
 * @type {(span_seconds: number, step_seconds: number) => number}
 */
export function columnSeconds(span_seconds, step_seconds) {
  const steps = STEPS.find((count) => span_seconds / (count * step_seconds) <= MOST);
  return (steps ?? Math.ceil(span_seconds / MOST / step_seconds)) * step_seconds;
}

/**
 * What the points of each column bring: start in seconds → sum. `column` is the measure's place.
 * @type {(points: Point[], column: number, wide_seconds: number) => Map<number, number>}
 */
export function joinPoints(points, column, wide_seconds) {
  const sums = new Map();
  for (const point of points) {
    const start = point[0] - (point[0] % wide_seconds);
    sums.set(start, (sums.get(start) ?? 0) + point[column]);
  }
  return sums;
}
