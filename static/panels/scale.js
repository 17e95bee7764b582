/**
 * Round values for the lines of a chart: at most `wanted`, the last at or above `most`.
 * @type {(most: number, wanted: number) => number[]}
 */
export function roundSteps(most, wanted) {
  if (!(most > 0)) return [1];
  const rough = most / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5, 10].find((one) => one * power >= rough * 0.9999) ?? 10) * power;
  const count = Math.max(1, Math.ceil(most / step - 1e-9));
  return Array.from({ length: count }, (_, index) => step * (index + 1));
}
