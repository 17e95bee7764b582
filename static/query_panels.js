/**
 * Answers of stored queries that the server tells, and whether they are right now.
 *
 * @typedef {import("./types.js").State} State
 * @typedef {import("./types.js").QueryAnswer} QueryAnswer
 * @typedef {import("./types.js").QueryColumn} QueryColumn
 * @typedef {{key: string, name: string, column: QueryColumn | null, value: number | null, length: number,
 *   others: [QueryColumn, string | number][]}} QueryRow `value` is of `column`, the figure; `length` of the
 *   longest bar, 0 to 1
 */
import { SILENT_AFTER_MS } from "./trust.js";

/**
 * The state with a panel as it is now.
 * @type {(state: State, told: QueryAnswer) => State}
 */
export function applyPanel(state, told) {
  const others = state.panels.filter(({ name }) => name !== told.name);
  return { ...state, panels: told.state === "gone" ? others : [...others, told] };
}

/**
 * Whether an answer is right now, and since when it may not be. What a screen that hears nothing has
 * is as old as the last that it heard.
 * @type {(answer: QueryAnswer | null, state: State, server_ms: number)
 *   => {state: "live" | "loading" | "away", since_ms: number | null}}
 */
export function describeAnswer(answer, { heard_ms, clock_offset_ms }, server_ms) {
  if (!answer || answer.state === "gone") return { state: "away", since_ms: null };
  const last_heard_ms = heard_ms + clock_offset_ms;
  if (answer.state === "live" && server_ms - last_heard_ms > SILENT_AFTER_MS) {
    return { state: "away", since_ms: last_heard_ms };
  }
  const since_ms = Date.parse(answer.since);
  const is_timed = answer.state !== "live" && !Number.isNaN(since_ms);
  return { state: answer.state, since_ms: is_timed ? since_ms : null };
}

/**
 * The rows to draw: the first text is the name, the last number the figure. Without a text, the first
 * number is the name where there is another one.
 * @type {(answer: QueryAnswer) => QueryRow[]}
 */
export function readRows({ columns, rows }) {
  const text = columns.findIndex(({ type }) => type === "text");
  const figure = columns.map(({ type }) => type !== "text").lastIndexOf(true);
  const named = text < 0 && figure > 0 ? 0 : text;
  const values = rows.map((row) => (figure < 0 ? null : numberOr(row[figure], null)));
  const longest = Math.max(...values.map((value) => value ?? 0), 0);
  /** @type {Map<string, number>} */
  const seen = new Map();
  return rows.map((row, place) => {
    const name = named < 0 ? "" : String(row[named] ?? "");
    const times = (seen.get(name) ?? 0) + 1;
    seen.set(name, times);
    const value = values[place];
    return {
      key: `${times}/${name}`,
      name,
      column: columns[figure] ?? null,
      value,
      length: longest > 0 ? Math.max(0, value ?? 0) / longest : 0,
      others: columns.flatMap((column, at) => {
        const cell = row[at];
        const is_other = at !== named && at !== figure && cell !== null && cell !== "";
        return is_other ? [/** @type {[QueryColumn, string | number]} */ ([column, cell])] : [];
      }),
    };
  });
}

/** @type {(cell: string | number | null, otherwise: null) => number | null} */
function numberOr(cell, otherwise) {
  return typeof cell === "number" ? cell : otherwise;
}
