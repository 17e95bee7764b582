/**
 * @typedef {import("../types.js").Point} Point
 * @typedef {{points: Point[], apart: Point[]}} Split
 */

// A mistyped year is centuries from an evening; a break between two days of a marathon is not.
const GAP_TO_SPAN = 20;
const LEAST_SPAN_SECONDS = 3_600;
// What lies apart is a handful of slips; an event of last year that is replayed is none.
const MOST_APART = 0.1;

/**
 * The points that a chart can show side by side, and those at either end that lie so far from them
 * in time that they would squeeze them into a line.
 * @type {(points: Point[]) => Split} `points` in order of time
 */
export function splitApart(points) {
  const cut = widestGap(points);
  const gap_seconds = cut === 0 ? 0 : points[cut][0] - points[cut - 1][0];
  if (gap_seconds <= GAP_TO_SPAN * LEAST_SPAN_SECONDS) return { points, apart: [] };
  const sides = [points.slice(0, cut), points.slice(cut)];
  const is_first = countItems(sides[0]) > countItems(sides[1]);
  const [most, few] = is_first ? sides : [sides[1], sides[0]];
  const inner = splitApart(most);
  const apart = is_first ? [...inner.apart, ...few] : [...few, ...inner.apart];
  const is_far = gap_seconds > GAP_TO_SPAN * Math.max(LEAST_SPAN_SECONDS, spanOf(inner.points));
  const drawn = countItems(inner.points);
  const are_few = countItems(apart) <= Math.max(1, MOST_APART * drawn) && drawn > 1;
  return is_far && are_few ? { points: inner.points, apart } : { points, apart: [] };
}

/** @type {(points: Point[]) => number} the place after the widest gap; 0 where there is none */
function widestGap(points) {
  let cut = 0;
  let widest = 0;
  for (let place = 1; place < points.length; place += 1) {
    const gap = points[place][0] - points[place - 1][0];
    if (gap > widest) [cut, widest] = [place, gap];
  }
  return cut;
}

/** @type {(points: Point[]) => number} */
function countItems(points) {
  return points.reduce((sum, [, count]) => sum + count, 0);
}

/** @type {(points: Point[]) => number} */
function spanOf(points) {
  return points.length === 0 ? 0 : points[points.length - 1][0] - points[0][0];
}
