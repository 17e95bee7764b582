/**
 * For which gifts this screen has to say thanks: pure, from what the ticker tells.
 *
 * @typedef {import("./types.js").Snapshot} Snapshot
 * @typedef {import("./types.js").TickerItem} TickerItem
 * @typedef {import("./types.js").Thank} Thank
 * @typedef {{waiting: Thank[], seen_id: number | null}} ThanksState `seen_id`: the highest id of the
 *   ticker that this screen has seen; null: none yet
 */

// Thanks that come later than this look like a mistake.
export const KEPT_MS = 60_000;
const MOST_WAITING = 8;
// How long a gift waits for somebody to approve the donor's name.
const APPROVAL_MS = 20_000;

/** @type {ThanksState} */
export const NO_THANKS = { waiting: [], seen_id: null };

/**
 * What is to be thanked for after the ticker has changed. New is what has a higher id than anything
 * seen: after a reload, the kept figures tell what that was. `before` is null for another epoch.
 * @type {(thanks: ThanksState, before: Snapshot | null, after: Snapshot, removed: number[],
 *   server_ms: number) => ThanksState}
 */
export function followThanks({ waiting, seen_id }, before, after, removed, server_ms) {
  const items = after.ticker?.items ?? [];
  const last_id = Math.max(0, ...items.map(({ id }) => id));
  const known_id = before === null ? null : (seen_id ?? highestId(before));
  const next_id = Math.max(known_id ?? 0, last_id);
  if (!after.thanks || !after.ticker || known_id === null) return { waiting: [], seen_id: next_id };
  const fresh = items
    .filter(({ id, at_ms }) => id > known_id && server_ms - at_ms <= KEPT_MS)
    .map((item) => makeThank(item, after, server_ms))
    .reverse(); // the ticker has the newest first
  const kept = waiting.flatMap((thank) => keepThank(thank, after, removed, server_ms));
  const all = [...kept, ...fresh].filter(({ amount }) => amount >= (after.thanks?.least ?? Infinity));
  const least = [...all].sort((a, b) => b.amount - a.amount).slice(0, MOST_WAITING);
  const next = all.length > MOST_WAITING ? all.filter((one) => least.includes(one)) : all;
  return { waiting: next, seen_id: next_id };
}

/** @type {(snapshot: Snapshot) => number} */
function highestId({ ticker }) {
  return Math.max(0, ...(ticker?.items ?? []).map(({ id }) => id));
}

/** @type {(item: TickerItem, snapshot: Snapshot, server_ms: number) => Thank} */
function makeThank({ id, attributes }, { thanks, measures, group_by }, server_ms) {
  const summed = measures.find(({ name }) => name === thanks?.measure);
  const amount = attributes[summed?.attribute ?? ""];
  const text = (/** @type {string | null | undefined} */ name) =>
    typeof name === "string" && attributes[name] != null ? String(attributes[name]) : "";
  return {
    id,
    amount: typeof amount === "number" ? amount : -Infinity,
    name: text(thanks?.name),
    comment: text(thanks?.comment),
    group: text(group_by) || null,
    seen_ms: server_ms,
  };
}

/**
 * A waiting one as the ticker now has it; none where it was hidden, taken back or is too old. What is
 * pushed off a full ticker by newer ones was not taken back.
 * @type {(thank: Thank, after: Snapshot, removed: number[], server_ms: number) => Thank[]}
 */
function keepThank(thank, after, removed, server_ms) {
  if (server_ms - thank.seen_ms > KEPT_MS) return [];
  const { items, length } = /** @type {import("./types.js").Ticker} */ (after.ticker);
  const item = items.find(({ id }) => id === thank.id);
  if (!item) {
    const is_pushed_off = thank.is_listed !== false && items.length >= length
      && items.every(({ id }) => id > thank.id);
    if (is_pushed_off) return [{ ...thank, is_listed: false }];
    return removed.includes(thank.id) || thank.is_listed !== false ? [] : [thank];
  }
  const next = { ...makeThank(item, after, server_ms), seen_ms: thank.seen_ms };
  const is_hidden = (thank.name && !next.name) || (thank.comment && !next.comment);
  return is_hidden ? [] : [next];
}

/**
 * The one to thank for next, of those that are not `done`: in their order; in a rush only the largest.
 * Null while there is none, or all wait for an approval.
 * @type {(waiting: Thank[], done: Set<number>, snapshot: Snapshot, rush: boolean, server_ms: number)
 *   => Thank | null}
 */
export function chooseThank(waiting, done, { thanks }, rush, server_ms) {
  const waits = (/** @type {Thank} */ { name, seen_ms }) =>
    thanks?.approved === true && thanks.name !== null && !name && server_ms - seen_ms < APPROVAL_MS;
  const ready = waiting.filter((one) =>
    !done.has(one.id) && server_ms - one.seen_ms <= KEPT_MS && !waits(one));
  if (!rush) return ready[0] ?? null;
  return ready.reduce((most, one) => (most && most.amount >= one.amount ? most : one),
    /** @type {Thank | null} */ (null));
}
