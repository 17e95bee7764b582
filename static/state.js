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
import { assignColours } from "./colours.js";
import { applyControl } from "./control.js";
import { isFractional } from "./measure.js";
import { applyPanel } from "./query_panels.js";
import { mergePoints, pruneRecent } from "./timeline.js";
import { followThanks, NO_THANKS } from "./thanks.js";
import { mergeTicker, receiveTicker } from "./ticker.js";
import { ALL, mergeTotals } from "./totals.js";

// The server sends 500 points at most, then widens the step and sends a snapshot.
const MAX_POINTS = 2000;

/** @type {(board: string, now_ms: number) => State} */
export function initialState(board, now_ms) {
  return {
    board,
    snapshot: null,
    proven: false,
    unproven: null,
    restored: false,
    status: null,
    phase: "connecting",
    phase_since_ms: now_ms,
    heard_ms: now_ms,
    clock_offset_ms: 0,
    as_of_ms: null,
    fractional: false,
    colours: [],
    page: null,
    page_changed: false,
    out_of_step: false,
    celebration: null,
    thanks: NO_THANKS,
    control: null,
    panels: [],
    reload_asked: false,
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
    case "control":
      return applyControl(hear(state, event.now_ms), event.data, event.now_ms);
    case "panel":
      return applyPanel(hear(state, event.now_ms), event.data);
    case "phase":
      return applyPhase(state, event.phase, event.now_ms);
    case "restored":
      return draw(
        {
          ...state,
          proven: event.proven,
          restored: true,
          as_of_ms: event.as_of_ms,
        },
        event.snapshot,
      );
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
  // A new connection begins with all panels.
  const panels = phase === "open" ? [] : state.panels;
  return { ...state, phase, phase_since_ms: now_ms, panels };
}

/** @type {(state: State, data: Snapshot, now_ms: number) => State} */
function applySnapshot(state, data, now_ms) {
  const { status, control, ...snapshot } = data;
  const timed = status ? noteStatus(state, status, now_ms) : state;
  const heard = control ? applyControl(timed, control, now_ms) : timed;
  const server_ms = now_ms + heard.clock_offset_ms;
  const before = state.snapshot?.epoch === data.epoch ? state.snapshot : null;
  if (snapshot.ticker) {
    snapshot.ticker = receiveTicker(snapshot.ticker, before?.ticker ?? null, server_ms);
  }
  const thanks = followThanks(state.thanks, before, snapshot, [], server_ms);
  return confirm({ ...heard, thanks, unproven: snapshot, restored: false, out_of_step: false }, now_ms);
}

/** @type {(state: State, data: Update, now_ms: number) => State} */
function applyUpdate(state, data, now_ms) {
  const old = state.unproven ?? state.snapshot;
  // Absolute values of another epoch say nothing about the figures on the screen, and a version
  // that goes back is of another state.
  if (!old || state.restored || data.epoch !== old.epoch || data.version < old.version) {
    return { ...state, out_of_step: true };
  }
  const snapshot = mergeUpdate(old, data, now_ms + state.clock_offset_ms);
  const is_long = (snapshot.timeline?.points.length ?? 0) > MAX_POINTS;
  const removed = data.ticker?.removed ?? [];
  const thanks = data.ticker
    ? followThanks(state.thanks, old, snapshot, removed, now_ms + state.clock_offset_ms)
    : state.thanks;
  const next = { ...state, thanks, out_of_step: state.out_of_step || is_long };
  if (state.unproven) return confirm({ ...next, unproven: snapshot }, now_ms);
  const is_news = data.version > old.version;
  const celebration = is_news ? celebrate(state, data.reached ?? {}, now_ms) : state.celebration;
  return confirm({ ...draw(next, snapshot), celebration }, now_ms);
}

/** @type {(old: Snapshot, data: Update, server_ms: number) => Snapshot} */
function mergeUpdate(old, data, server_ms) {
  const { timeline, ticker, goal } = old;
  return {
    ...old,
    version: data.version,
    at: data.at,
    created: data.created ?? old.created,
    verified_at: data.verified_at ?? old.verified_at,
    drift: data.drift === undefined ? old.drift : data.drift,
    totals: mergeTotals(old.totals, data.totals),
    numbers: data.numbers ? { ...old.numbers, ...data.numbers } : old.numbers,
    rest: data.rest === undefined ? old.rest : data.rest,
    timeline: timeline && data.timeline
      ? {
          ...timeline,
          points: mergePoints(timeline.points, data.timeline.points),
          recent: pruneRecent(mergePoints(timeline.recent, data.timeline.recent), server_ms),
        }
      : timeline,
    ticker: ticker && data.ticker ? mergeTicker(ticker, data.ticker, server_ms) : ticker,
    goal: goal && data.goal_reached ? { ...goal, reached: data.goal_reached } : goal,
    rejected: data.rejected ?? old.rejected,
  };
}

/**
 * The largest of the steps that the server wants celebrated; a reload, which brings none, is quiet.
 * @type {(state: State, reached: Record<string, string>, now_ms: number)
 *   => import("./types.js").Celebration | null}
 */
function celebrate({ snapshot, celebration }, reached, now_ms) {
  const steps = Object.keys(reached).map(Number);
  if (!snapshot?.goal || steps.length === 0) return celebration;
  return {
    step: Math.max(...steps),
    goal: steps.includes(snapshot.goal.target),
    test: false,
    at_ms: now_ms,
    serial: (celebration?.serial ?? 0) + 1,
  };
}

/** @type {(state: State, snapshot: Snapshot) => State} the state with these figures to draw */
function draw(state, snapshot) {
  const { totals, group_order, numbers } = snapshot;
  const groups = Object.keys(totals).filter((group) => group !== ALL);
  const colours = assignColours(groups, group_order, numbers ?? {});
  return { ...state, snapshot, colours, fractional: isFractional(snapshot) };
}

/** @type {(state: State, status: Status, now_ms: number) => State} */
function applyStatus(state, status, now_ms) {
  return confirm(noteStatus(state, status, now_ms), now_ms);
}

/** @type {(state: State, status: Status, now_ms: number) => State} */
function noteStatus(state, status, now_ms) {
  const server_ms = Date.parse(status.at);
  const page = state.page ?? status.page ?? null;
  return {
    ...state,
    status,
    clock_offset_ms: Number.isNaN(server_ms) ? state.clock_offset_ms : server_ms - now_ms,
    page,
    page_changed: status.page != null && status.page !== page,
  };
}

/**
 * Draws what the server has, if it may stand for what the screen shows; then notes that the figures
 * are right now, when the server says so, otherwise since when they are not.
 * @type {(state: State, now_ms: number) => State}
 */
function confirm(state, now_ms) {
  const { unproven, status } = state;
  if (unproven && mayReplace(unproven, state)) {
    state = draw({ ...state, unproven: null }, unproven);
  }
  if (!status || state.restored || !state.snapshot) return state;
  if (status.live) {
    return { ...state, proven: true, as_of_ms: now_ms + state.clock_offset_ms };
  }
  if (state.as_of_ms !== null) return state;
  const since_ms = Date.parse(status.since);
  return { ...state, as_of_ms: Number.isNaN(since_ms) ? null : since_ms };
}

/**
 * Whether figures may be drawn instead of those on the screen. Figures that were proven do not give
 * way to those of a server that lost some, until these are live or proven later.
 * @type {(figures: Snapshot, state: State) => boolean}
 */
function mayReplace(figures, { snapshot: shown, proven, status }) {
  if (!shown || !proven || status?.live) return true;
  if (figures.epoch === shown.epoch && figures.version >= shown.version) return true;
  return Date.parse(figures.verified_at ?? "") > Date.parse(shown.verified_at ?? "");
}
