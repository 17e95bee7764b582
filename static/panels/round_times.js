/** The times below a chart: full hours, minutes that are easily read, or midnights. Pure, and tested. */

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEPS = [
  ...[1, 2, 5, 15, 30].map((count) => count * MINUTE),
  ...[1, 2, 3, 4, 6, 12].map((count) => count * HOUR),
  ...[1, 2, 7, 14, 28, 91, 182, 364].map((count) => count * DAY),
];

/**
 * Round times from `first` to `end`, `most` at most, in the zone whose clocks are `aheadOf` of UTC.
 * @type {(first: number, end: number, most: number, aheadOf: (seconds: number) => number) => number[]}
 *   all in seconds
 */
export function roundTimes(first, end, most, aheadOf) {
  const begin = first + aheadOf(first); // as clocks there show it
  const last = end + aheadOf(end);
  const countOf = (/** @type {number} */ step) => Math.floor(last / step) - Math.ceil(begin / step) + 1;
  const step = STEPS.find((one) => countOf(one) <= most) ?? Math.ceil((last - begin) / DAY) * DAY;
  const times = [];
  for (let shown = Math.ceil(begin / step) * step; shown <= last; shown += step) {
    // Clocks may change in between.
    const near = shown - aheadOf(first);
    const at = shown - aheadOf(near);
    if (at >= first && at <= end) times.push(at);
  }
  return times;
}
