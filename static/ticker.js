/**
 * @typedef {import("./types.js").Ticker} Ticker
 * @typedef {import("./types.js").TickerItem} TickerItem
 */

/**
 * The ticker with items added, replaced by `id`, or removed; newest first, `length` at most.
 * @type {(ticker: Ticker, changed: {put?: TickerItem[], removed?: number[]}) => Ticker}
 */
export function mergeTicker(ticker, { put = [], removed = [] }) {
  if (put.length === 0 && removed.length === 0) return ticker;
  const items = new Map(ticker.items.map((item) => [item.id, item]));
  for (const id of removed) items.delete(id);
  for (const item of put) items.set(item.id, item);
  return {
    ...ticker,
    items: [...items.values()]
      .sort((a, b) => b.at_ms - a.at_ms || b.id - a.id)
      .slice(0, ticker.length),
  };
}
