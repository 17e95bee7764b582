/**
 * Keeps a stream of Server-Sent Events open, whatever happens to server, network or machine.
 *
 * @typedef {import("./types.js").StateEvent} StateEvent
 * @typedef {{close: () => void, reopen: () => void}} Connection `reopen` asks for a new snapshot
 */
import { backoffMs } from "./backoff.js";

// The server sends a status at least every 15 s: after this long without any event we are cut off.
export const SILENCE_MS = 40_000;
const CHECK_EVERY_MS = 2_000;
const KINDS = /** @type {const} */ (["snapshot", "update", "control", "panel", "status"]);

/**
 * Events go to `dispatch` as they come; so do changes of phase. Runs until `close()`. `place` tells
 * the server what kind of screen this is: it counts who is there.
 * @type {(board: string, place: () => string, dispatch: (event: StateEvent) => void) => Connection}
 */
export function openConnection(board, place, dispatch) {
  /** @type {EventSource | null} */
  let source = null;
  let attempt = 0;
  let opened_ms = 0;
  let heard_ms = 0;
  let retry_timer = 0;

  function query() {
    return new URLSearchParams({ ...(board ? { board } : {}), as: place() });
  }

  function open() {
    clearTimeout(retry_timer);
    retry_timer = 0;
    source?.close();
    opened_ms = Date.now();
    const mine = new EventSource(`events?${query()}`);
    source = mine;
    for (const kind of KINDS) {
      mine.addEventListener(kind, (event) => mine === source && receive(kind, event.data));
    }
    mine.addEventListener("error", () => mine === source && fail(mine));
  }

  /** @type {(kind: typeof KINDS[number], text: string) => void} */
  function receive(kind, text) {
    heard_ms = Date.now();
    attempt = 0;
    let data;
    try {
      data = JSON.parse(text);
    } catch {
      return reopenLater();
    }
    dispatch({ type: kind, data, now_ms: heard_ms });
  }

  /**
   * A stream that broke is taken up again by the browser itself, with its Last-Event-ID. One that
   * was refused (404, 503, 204) stays closed, and is ours to open again.
   * @type {(failed: EventSource) => void}
   */
  function fail(failed) {
    dispatch({ type: "phase", phase: "lost", now_ms: Date.now() });
    if (failed.readyState !== EventSource.CLOSED) return;
    reopenLater();
    if (board) void checkBoard();
  }

  async function checkBoard() {
    const asked = source;
    try {
      const response = await fetch(`api/boards/${encodeURIComponent(board)}`);
      if (response.status === 404 && asked === source) {
        dispatch({ type: "phase", phase: "unknown", now_ms: Date.now() });
      }
    } catch {
      // No server: the phase is "lost" already.
    }
  }

  function reopenLater() {
    source?.close();
    clearTimeout(retry_timer);
    retry_timer = setTimeout(open, backoffMs(attempt, Math.random()));
    attempt += 1;
  }

  // Timers stop while a machine sleeps, so the first check after it sees the whole gap.
  function check() {
    const silence_ms = Date.now() - Math.max(heard_ms, opened_ms);
    if (silence_ms < -CHECK_EVERY_MS) heard_ms = opened_ms = Date.now(); // the clock was set back
    if (silence_ms <= SILENCE_MS || retry_timer !== 0) return;
    dispatch({ type: "phase", phase: "lost", now_ms: Date.now() });
    open();
  }

  function checkWhenVisible() {
    if (!document.hidden) check();
  }

  function goOffline() {
    dispatch({ type: "phase", phase: "lost", now_ms: Date.now() });
  }

  const timer = setInterval(check, CHECK_EVERY_MS);
  document.addEventListener("visibilitychange", checkWhenVisible);
  addEventListener("pageshow", check);
  addEventListener("offline", goOffline);
  addEventListener("online", open);
  open();

  return {
    close() {
      clearInterval(timer);
      clearTimeout(retry_timer);
      document.removeEventListener("visibilitychange", checkWhenVisible);
      removeEventListener("pageshow", check);
      removeEventListener("offline", goOffline);
      removeEventListener("online", open);
      source?.close();
      source = null;
    },
    reopen() {
      if (retry_timer === 0) reopenLater();
    },
  };
}
