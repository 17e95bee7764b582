/**
 * @typedef {import("./types.js").Values} Values
 * @typedef {import("./types.js").Measure} Measure
 * @typedef {{group: string, value: number, count: number, share: number, length: number,
 *   folded: number}} Bar `share` of the board's total, `length` of the longest bar, both 0 to 1;
 *   `folded`: how many groups stand behind it, 0 for a group's own bar. A folded bar has no length:
 *   drawn to the same scale, it would dwarf the others
 */

// Stands for all groups together; never a group's own name.
export const ALL = "ALL";

/**
 * The totals with the changed ones replaced; a group that is `null` is gone.
 * @type {(totals: Record<string, Values>, changed?: Record<string, Values | null>)
 *   => Record<string, Values>}
 */
export function mergeTotals(totals, changed) {
  if (!changed) return totals;
  // A group may have any name, "__proto__" too.
  const merged = new Map([...Object.entries(totals), ...Object.entries(changed)]);
  return Object.fromEntries(
    /** @type {[string, Values][]} */ ([...merged].filter(([, values]) => values !== null)),
  );
}

/**
 * One bar per group, largest first, equals by name. With more groups than `capacity`, the last bar
 * stands for all that do not fit, with their sum.
 * @type {(totals: Record<string, Values>, measure: Measure, capacity: number) => Bar[]}
 */
export function listBars(totals, measure, capacity) {
  const all = totals[ALL]?.[measure.name] ?? 0;
  const bars = Object.entries(totals)
    .filter(([group]) => group !== ALL)
    .map(([group, values]) => bar(group, values[measure.name] ?? 0, values.count ?? 0, 0))
    .sort((a, b) => b.value - a.value || (a.group < b.group ? -1 : 1));
  if (bars.length > capacity) {
    const rest = bars.splice(Math.max(0, capacity - 1));
    const value = rest.reduce((sum, one) => sum + one.value, 0);
    bars.push(bar("", value, rest.reduce((sum, one) => sum + one.count, 0), rest.length));
  }
  const longest = Math.max(1, bars[0]?.folded ? 0 : (bars[0]?.value ?? 0));
  for (const one of bars) {
    one.share = all > 0 ? Math.max(0, one.value / all) : 0;
    one.length = one.folded ? 0 : Math.max(0, one.value / longest);
  }
  return bars;
}

/** @type {(group: string, value: number, count: number, folded: number) => Bar} */
function bar(group, value, count, folded) {
  return { group, value, count, folded, share: 0, length: 0 };
}
