/** @typedef {import("./types.js").Point} Point */

// What the server keeps, and enough for the longest rate.
const RECENT_SECONDS = 70 * 60;

/**
 * The points with the changed ones replaced or put in their place; a count of 0 removes.
 * @type {(points: Point[], changed?: Point[]) => Point[]}
 */
export function mergePoints(points, changed) {
  if (!changed || changed.length === 0) return points;
  const merged = points.slice();
  for (const point of changed) {
    let place = merged.length;
    while (place > 0 && merged[place - 1][0] > point[0]) place -= 1;
    const known = place > 0 && merged[place - 1][0] === point[0];
    if (known) merged.splice(place - 1, 1, ...(point[1] === 0 ? [] : [point]));
    else if (point[1] !== 0) merged.splice(place, 0, point);
  }
  return merged;
}

/** @type {(recent: Point[], now_ms: number) => Point[]} */
export function pruneRecent(recent, now_ms) {
  const oldest = now_ms / 1000 - RECENT_SECONDS;
  const keep = recent.findIndex((point) => point[0] >= oldest);
  if (keep === 0 || recent.length === 0) return recent;
  return keep < 0 ? [] : recent.slice(keep);
}

/**
 * What came in during the last `window_seconds`. `column` is the measure's place in a point.
 * Exact to the width of a bucket: the oldest one that does not lie wholly inside is left out, and so
 * is what is dated later than now.
 * @type {(recent: Point[], column: number, window_seconds: number, now_ms: number) => number}
 */
export function sumRecent(recent, column, window_seconds, now_ms) {
  const now = now_ms / 1000;
  return recent
    .filter(([start]) => start >= now - window_seconds && start <= now)
    .reduce((sum, point) => sum + point[column], 0);
}
