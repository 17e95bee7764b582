/**
 * Follows a board by a file that is fetched every few seconds, for a page that any web server or CDN
 * can serve.
 *
 * The file tells when it was written. Its events are dispatched as of then, not as of now, so a file
 * that is no longer rewritten grows as silent as a stream that has stopped.
 *
 * @typedef {import("./types.js").StateEvent} StateEvent
 * @typedef {import("./types.js").Snapshot} Snapshot
 * @typedef {import("./types.js").Status} Status
 */
import { backoffMs } from "./backoff.js";

const EVERY_MS = 2_000;
const PATIENCE_MS = 8_000;

/**
 * Runs until `close()`.
 * @type {(address: string, dispatch: (event: StateEvent) => void)
 *   => import("./connection.js").Connection}
 */
export function openPolling(address, dispatch) {
  /** @type {AbortController | null} */
  let asked = null;
  let timer = 0;
  let attempt = 0;
  let tag = "";
  /** @type {(Partial<Snapshot> & {status: Status}) | null} */
  let file = null;
  // When the file was written, by the clocks of this machine: one of them may be set, the other may
  // stand still while the machine sleeps.
  let written_ms = 0;
  let written_steady_ms = 0;

  async function poll() {
    clearTimeout(timer);
    asked?.abort();
    const mine = new AbortController();
    asked = mine;
    const patience = setTimeout(() => mine.abort(), PATIENCE_MS);
    let pause_ms = EVERY_MS * (0.75 + Math.random() / 2);
    try {
      const response = await fetch(address, {
        cache: "no-store", // a 304 is for us
        headers: tag ? { "if-none-match": tag } : {},
        signal: mine.signal,
      });
      const found = response.status === 304 ? null : await readFile(response);
      if (mine !== asked) return;
      if (found) tag = response.headers.get("etag") ?? "";
      receive(found, serverMs(response.headers));
      attempt = 0;
    } catch {
      if (mine !== asked) return;
      lose();
      pause_ms = backoffMs(attempt, Math.random());
      attempt += 1;
    } finally {
      clearTimeout(patience);
    }
    timer = setTimeout(poll, pause_ms);
  }

  /** @type {(found: typeof file, server_ms: number) => void} `found` is null if nothing is new */
  function receive(found, server_ms) {
    const before = file;
    // Another edge of a CDN may have an older file than this screen.
    const is_newer = found && !(before && Date.parse(found.status.at) <= Date.parse(before.status.at));
    if (is_newer) {
      file = found;
      written_ms = Date.now();
      written_steady_ms = performance.now();
    }
    if (!file) return;
    noteAge(server_ms - Date.parse(file.status.at));
    if (!is_newer || !file.totals) {
      return dispatch({ type: "status", data: file.status, now_ms: written_ms });
    }
    const data = /** @type {Snapshot} */ (file);
    const reached = findReached(before, data);
    if (reached) {
      const { epoch, version, at } = data;
      dispatch({ type: "update", data: { epoch, version, at, reached }, now_ms: written_ms });
    }
    dispatch({ type: "snapshot", data, now_ms: written_ms });
  }

  /** @type {(told_ms: number) => void} the age by the server's clock; NaN if it has not told */
  function noteAge(told_ms) {
    const now_ms = Date.now();
    const steady_ms = performance.now();
    const seen_ms = Math.max(0, now_ms - written_ms, steady_ms - written_steady_ms);
    const age_ms = Number.isNaN(told_ms) ? seen_ms : Math.max(told_ms, seen_ms);
    written_ms = now_ms - age_ms;
    written_steady_ms = steady_ms - age_ms;
  }

  function lose() {
    dispatch({ type: "phase", phase: "lost", now_ms: Date.now() });
  }

  function pollWhenVisible() {
    if (!document.hidden) void poll();
  }

  /** @type {(event: PageTransitionEvent) => void} */
  function pollWhenRestored(event) {
    if (event.persisted) void poll();
  }

  document.addEventListener("visibilitychange", pollWhenVisible);
  addEventListener("pageshow", pollWhenRestored);
  addEventListener("offline", lose);
  addEventListener("online", poll);
  void poll();

  return {
    close() {
      document.removeEventListener("visibilitychange", pollWhenVisible);
      removeEventListener("pageshow", pollWhenRestored);
      removeEventListener("offline", lose);
      removeEventListener("online", poll);
      clearTimeout(timer);
      asked?.abort();
      asked = null;
    },
    reopen() {
      tag = "";
      file = null;
    },
  };
}

/** @type {(response: Response) => Promise<Partial<Snapshot> & {status: Status}>} */
async function readFile(response) {
  if (!response.ok) throw new Error(`answered ${response.status}`);
  const found = await response.json();
  if (Number.isNaN(Date.parse(found?.status?.at))) throw new Error("the file has no time");
  return found;
}

/**
 * The server's clock: a cache passes on when an answer was made, and says how long ago that was. Both
 * are whole seconds, and it may be almost one later: a file must not seem younger than it is.
 * @type {(headers: Headers) => number} NaN if the server does not tell it
 */
function serverMs(headers) {
  return Date.parse(headers.get("date") ?? "") + 1_000 * (1 + Number(headers.get("age") ?? 0));
}

/**
 * The steps that were reached between two files; null: none.
 * @type {(before: Partial<Snapshot> | null, now: Snapshot) => Record<string, string> | null}
 */
function findReached(before, now) {
  if (!before?.goal || !now.goal || before.epoch !== now.epoch) return null;
  const known = before.goal.reached;
  const fresh = Object.entries(now.goal.reached).filter(([step]) => !(step in known));
  return fresh.length > 0 ? Object.fromEntries(fresh) : null;
}
