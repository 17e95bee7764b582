const NICE = [10, 5, 2.5, 2, 1];

/**
 * Round values for the lines of a chart, with zero: at least `wanted` steps from `least` to `most`, and
 * fewer than twice as many and one; the first at or below `least`, the last at or above `most`.
 * @type {(least: number, most: number, wanted: number) => number[]} `least` ≤ 0 ≤ `most`
 */
export function roundSteps(least, most, wanted) {
  if (!(most > least)) return [0];
  const rough = (most - least) / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = (NICE.find((one) => one * power <= rough * 1.0001) ?? 1) * power;
  const lowest = Math.floor(least / step + 1e-9);
  const highest = Math.ceil(most / step - 1e-9);
  return Array.from({ length: highest - lowest + 1 }, (_, index) => step * (lowest + index));
}

/**
 * Where the scale ends: a quarter of a step above `most` at the furthest, so that the lines have the
 * height, and still at a round value, so that not every update moves them.
 * @type {(steps: number[], most: number) => number}
 */
export function roundTop(steps, most) {
  if (steps.length < 2) return steps[0];
  const quarter = (steps[1] - steps[0]) / 4;
  return Math.max(0, Math.ceil(most / quarter - 1e-9) * quarter);
}
