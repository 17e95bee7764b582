/**
 * @typedef {import("./types.js").Ticker} Ticker
 * @typedef {import("./types.js").TickerItem} TickerItem
 */

/**
 * A ticker as the server sent it whole; `known` is what the screen had of it before.
 * @type {(ticker: Ticker, known: Ticker | null, server_ms: number) => Ticker}
 */
export function receiveTicker(ticker, known, server_ms) {
  return arrange(ticker, new Map(), ticker.items, known?.items ?? [], server_ms);
}

/**
 * The ticker with items added, replaced by `id`, or removed; newest first, `length` at most.
 * @type {(ticker: Ticker, changed: {put?: TickerItem[], removed?: number[]}, server_ms: number)
 *   => Ticker}
 */
export function mergeTicker(ticker, { put = [], removed = [] }, server_ms) {
  if (put.length === 0 && removed.length === 0) return ticker;
  const items = new Map(ticker.items.map((item) => [item.id, item]));
  for (const id of removed) items.delete(id);
  return arrange(ticker, items, put, ticker.items, server_ms);
}

/**
 * @type {(ticker: Ticker, items: Map<number, TickerItem>, put: TickerItem[], known: TickerItem[],
 *   server_ms: number) => Ticker}
 */
function arrange(ticker, items, put, known, server_ms) {
  const seen = new Map(known.map(({ id, seen_ms }) => [id, seen_ms]));
  for (const item of put) items.set(item.id, { ...item, seen_ms: seen.get(item.id) ?? server_ms });
  return {
    ...ticker,
    items: [...items.values()]
      .sort((a, b) => placeMs(b) - placeMs(a) || b.id - a.id)
      .slice(0, ticker.length),
  };
}

/**
 * By what an item is ordered: its time; when it came, where it is dated later than that. So one
 * that is dated tomorrow does not stay on top until then.
 * @type {(item: TickerItem) => number}
 */
function placeMs({ at_ms, seen_ms }) {
  return Math.min(at_ms, seen_ms ?? at_ms);
}
