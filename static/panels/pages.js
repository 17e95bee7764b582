/** Pages of a list, in turn: which one is shown now, the same on every screen. */

const PAGE_MS = 12_000;

/**
 * `now_ms` is the server's clock. The first page, with the leaders, stays twice as long.
 * @type {(pages: number, now_ms: number) => number}
 */
export function pageAt(pages, now_ms) {
  if (pages <= 1) return 0;
  return Math.max(0, (Math.floor(now_ms / PAGE_MS) % (pages + 1)) - 1);
}
