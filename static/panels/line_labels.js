/**
 * Where labels beside the ends of lines go, so that none lies over another: each as near to its own
 * line as the others allow, within `top` and `bottom`.
 * @type {(wanted: number[], high: number, top: number, bottom: number) => number[]} heights of middles
 */
export function spreadLabels(wanted, high, top, bottom) {
  const order = [...wanted.keys()].sort((a, b) => wanted[a] - wanted[b]);
  const placed = [...wanted];
  let above = top - high / 2;
  for (const place of order) above = placed[place] = Math.max(wanted[place], above + high);
  let below = bottom + high / 2;
  for (const place of order.reverse()) below = placed[place] = Math.min(placed[place], below - high);
  return placed;
}
