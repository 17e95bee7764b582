/**
 * @typedef {import("./types.js").Measure} Measure
 * @typedef {import("./types.js").Snapshot} Snapshot
 */

/** @type {Measure} */
export const COUNT = { name: "count", attribute: null, unit: "", exponent: 0 };

/**
 * The measure of the big figure: the goal's, else the first sum, else the number of items.
 * @type {(snapshot: Snapshot | null) => Measure}
 */
export function mainMeasure(snapshot) {
  if (!snapshot) return COUNT;
  const { measures, goal } = snapshot;
  return (
    measures.find((measure) => measure.name === goal?.measure) ??
    measures.find((measure) => measure.name !== COUNT.name) ??
    measures[0] ??
    COUNT
  );
}

/**
 * Whether a list of sums has cents: one of them has. Otherwise ".00" says nothing in every row.
 * @type {(sums: number[], measure: Measure) => boolean}
 */
export function haveCents(sums, { exponent }) {
  return sums.some((sum) => sum % 10 ** exponent !== 0);
}

/**
 * Whether some sum is not a whole number of units. While none is, no screen shows ".00".
 * @type {(snapshot: Snapshot) => boolean}
 */
export function isFractional({ measures, totals, rest }) {
  const parts = [...Object.values(totals), ...(rest ? [rest] : [])];
  return measures.some(
    ({ name, exponent }) =>
      exponent > 0 && parts.some((values) => (values[name] ?? 0) % 10 ** exponent !== 0),
  );
}
