/**
 * The display's state: a pure function `(state, event) → state`. No clock, no DOM, no connection.
 * Parts that an event does not change keep their identity, so drawing can compare with `===`.
 *
 * @typedef {import("./types.js").State} State
 * @typedef {import("./types.js").StateEvent} StateEvent
 * @typedef {import("./types.js").Snapshot} Snapshot
 * @typedef {import("./types.js").Update} Update
 * @typedef {import("./types.js").Status} Status
 */
import { isFractional } from "./measure.js";
import { mergePoints, pruneRecent } from "./timeline.js";
import { mergeTicker } from "./ticker.js";
import { mergeTotals } from "./totals.js";

// The server sends 500 points at most, then widens the step and sends a snapshot.
const MAX_POINTS = 2000;

/** @type {(board: string, now_ms: number) => State} */
export function initialState(board, now_ms) {
  return {
    board,
    snapshot: null,
    restored: false,
    status: null,
    phase: "connecting",
    phase_since_ms: now_ms,
    heard_ms: now_ms,
    clock_offset_ms: 0,
    as_of_ms: null,
    fractional: false,
    page: null,
    page_changed: false,
    out_of_step: false,
    celebration: null,
  };
}

/**
 * The state after `event`. An event that does not fit leaves the figures alone.
 * @type {(state: State, event: StateEvent) => State}
 */
export function reduce(state, event) {
  switch (event.type) {
    case "snapshot":
      return applySnapshot(hear(state, event.now_ms), event.data, event.now_ms);
    case "update":
      return applyUpdate(hear(state, event.now_ms), event.data, event.now_ms);
    case "status":
      return applyStatus(hear(state, event.now_ms), event.data, event.now_ms);
    case "phase":
      return applyPhase(state, event.phase, event.now_ms);
    case "restored":
      return {
        ...state,
        snapshot: event.snapshot,
        restored: true,
        as_of_ms: event.as_of_ms,
        fractional: isFractional(event.snapshot.measures, event.snapshot.totals),
      };
    default:
      return state;
  }
}

/** @type {(state: State, now_ms: number) => State} */
function hear(state, now_ms) {
  return { ...applyPhase(state, "open", now_ms), heard_ms: now_ms };
}

/** @type {(state: State, phase: State["phase"], now_ms: number) => State} */
function applyPhase(state, phase, now_ms) {
  // A board that does not exist is asked for again and again: the screen goes on saying so.
  if (phase === state.phase || (phase === "lost" && state.phase === "unknown")) return state;
  return { ...state, phase, phase_since_ms: now_ms };
}

/** @type {(state: State, data: Snapshot, now_ms: number) => State} */
function applySnapshot(state, data, now_ms) {
  const { status, ...snapshot } = data;
  const next = {
    ...state,
    snapshot,
    restored: false,
    out_of_step: false,
    fractional: isFractional(snapshot.measures, snapshot.totals),
  };
  return status ? applyStatus(next, status, now_ms) : confirm(next, now_ms);
}

/** @type {(state: State, data: Update, now_ms: number) => State} */
function applyUpdate(state, data, now_ms) {
  const old = state.snapshot;
  // Absolute values of another epoch say nothing about the figures on the screen.
  if (!old || state.restored || data.epoch !== old.epoch) return { ...state, out_of_step: true };
  // A version that goes back is another state: what it tells does not fit these figures.
  if (data.version < old.version) return { ...state, out_of_step: true };
  const server_ms = now_ms + state.clock_offset_ms;
  const timeline = old.timeline && data.timeline
    ? {
        ...old.timeline,
        points: mergePoints(old.timeline.points, data.timeline.points),
        recent: pruneRecent(mergePoints(old.timeline.recent, data.timeline.recent), server_ms),
      }
    : old.timeline;
  const fresh = old.goal ? newlyReached(old.goal.reached, data.reached) : [];
  const snapshot = {
    ...old,
    version: data.version,
    at: data.at,
    created: data.created ?? old.created,
    verified_at: data.verified_at ?? old.verified_at,
    drift: data.drift ?? old.drift,
    totals: mergeTotals(old.totals, data.totals),
    timeline,
    ticker: old.ticker && data.ticker ? mergeTicker(old.ticker, data.ticker) : old.ticker,
    goal: old.goal && fresh.length > 0
      ? { ...old.goal, reached: { ...old.goal.reached, ...data.reached } }
      : old.goal,
    rejected: data.rejected ?? old.rejected,
  };
  return confirm(
    {
      ...state,
      snapshot,
      fractional: state.fractional || isFractional(old.measures, data.totals ?? {}),
      out_of_step: state.out_of_step || (timeline?.points.length ?? 0) > MAX_POINTS,
      celebration: old.goal && fresh.length > 0
        ? {
            step: Math.max(...fresh),
            goal: fresh.includes(old.goal.target),
            at_ms: now_ms,
            serial: (state.celebration?.serial ?? 0) + 1,
          }
        : state.celebration,
    },
    now_ms,
  );
}

/**
 * Steps reached for the first time: only these are celebrated, so a reload is quiet.
 * @type {(known: Record<string, string>, reached?: Record<string, string>) => number[]}
 */
function newlyReached(known, reached) {
  return Object.keys(reached ?? {}).filter((step) => !Object.hasOwn(known, step)).map(Number);
}

/** @type {(state: State, status: Status, now_ms: number) => State} */
function applyStatus(state, status, now_ms) {
  const server_ms = Date.parse(status.at);
  const page = state.page ?? status.page ?? null;
  return confirm(
    {
      ...state,
      status,
      clock_offset_ms: Number.isNaN(server_ms) ? state.clock_offset_ms : server_ms - now_ms,
      page,
      page_changed: status.page != null && status.page !== page,
    },
    now_ms,
  );
}

/**
 * Notes that the figures are right now, when the server says so; otherwise since when they are not.
 * @type {(state: State, now_ms: number) => State}
 */
function confirm(state, now_ms) {
  if (!state.status || state.restored || !state.snapshot) return state;
  if (state.status.live) return { ...state, as_of_ms: now_ms + state.clock_offset_ms };
  if (state.as_of_ms !== null) return state;
  const since_ms = Date.parse(state.status.since);
  return { ...state, as_of_ms: Number.isNaN(since_ms) ? null : since_ms };
}
