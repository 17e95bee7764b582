/**
 * @typedef {import("./types.js").Values} Values
 * @typedef {import("./types.js").Measure} Measure
 * @typedef {{group: string, value: number, count: number, share: number | null,
 *   length: number, folded: number, rank: number}} Bar `share` of the board's total; null where that is no whole
 *   to have a share of. `length` of the longest bar, -1 to 1, below 0 where the value is;
 *   `folded`: how many groups stand behind it, 0 for a group's own bar. A folded bar has no length:
 *   drawn to the same scale, it would dwarf the others. `rank` is from 1, the same for equals
 * @typedef {Pick<import("./types.js").Snapshot, "totals" | "rest" | "group_order" | "contest">
 *   } Figures
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
 * One bar per group: those that the board names in its order, the others largest first, equals by
 * name. In a contest the largest are first in any case, each with its rank, and those that the board
 * names are there from the start.
 * @type {(snapshot: Figures, measure: Measure) => Bar[]}
 */
export function rankBars({ totals, group_order, contest }, measure) {
  const places = new Map(group_order.map((group, place) => [group, place]));
  /** @type {(group: string) => number} */
  const placeOf = (group) => places.get(group) ?? places.size;
  const named = contest ? group_order.map((group) => /** @type {const} */ ([group, {}])) : [];
  const groups = new Map([...named, ...Object.entries(totals).filter(([group]) => group !== ALL)]);
  const bars = [...groups].map(([group, values]) => bar(group, values, measure, 0));
  bars.sort((a, b) => (contest ? b.value - a.value : 0) || placeOf(a.group) - placeOf(b.group)
    || b.value - a.value || (a.group < b.group ? -1 : 1));
  bars.forEach((one, place) => {
    const above = bars[place - 1];
    one.rank = above?.value === one.value ? above.rank : place + 1;
  });
  return scale(bars, totals[ALL]?.[measure.name] ?? 0);
}

/**
 * The bars that there is room for. The last one stands for all that are not drawn, with their sum:
 * those over `capacity`, and the server's `rest`.
 * @type {(snapshot: Figures, measure: Measure, capacity: number) => Bar[]}
 */
export function listBars(snapshot, measure, capacity) {
  const { rest } = snapshot;
  const bars = rankBars(snapshot, measure);
  if (bars.length <= capacity && !rest) return bars;
  const folded = bars.splice(Math.max(0, capacity - 1));
  const others = rest ? [...folded, bar("", rest, measure, rest.groups)] : folded;
  const sum = { count: 0, [measure.name]: 0 };
  for (const { value, count } of others) {
    sum[measure.name] += value;
    if (measure.name !== "count") sum.count += count;
  }
  bars.push(bar("", sum, measure, folded.length + (rest?.groups ?? 0)));
  return scale(bars, snapshot.totals[ALL]?.[measure.name] ?? 0);
}

/**
 * The bars of one page of all: the `leaders` first ones, which are on every page, and `others` of
 * those after them. The last page ends with the last bar, the server's `rest` if there is one, and is
 * as long as the others: it may repeat some of the page before.
 * @type {(snapshot: Figures, measure: Measure, leaders: number, others: number, page: number)
 *   => Bar[]}
 */
export function pageBars(snapshot, measure, leaders, others, page) {
  const bars = rankBars(snapshot, measure);
  const { rest } = snapshot;
  if (rest) bars.push(...scale([bar("", rest, measure, rest.groups)], 0));
  const first = Math.max(leaders, Math.min(leaders + page * others, bars.length - others));
  return [...bars.slice(0, leaders), ...bars.slice(first, first + others)];
}

/** @type {(bars: Bar[], all: number) => Bar[]} with their shares of all, and of the longest */
function scale(bars, all) {
  const longest = Math.max(1, ...bars.map((one) => (one.folded ? 0 : Math.abs(one.value))));
  for (const one of bars) {
    one.share = all > 0 && one.value >= 0 ? one.value / all : null;
    one.length = one.folded ? 0 : one.value / longest;
  }
  return bars;
}

/** @type {(group: string, values: Values, measure: Measure, folded: number) => Bar} */
function bar(group, values, measure, folded) {
  const value = values[measure.name] ?? 0;
  return { group, value, count: values.count ?? 0, folded, share: null, length: 0, rank: 0 };
}
