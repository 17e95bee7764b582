/**
 * Asks the API. The key is kept in this tab only, and never in an address.
 *
 * @typedef {{name: string, type: string}} Column
 * @typedef {Record<string, unknown>} Row
 * @typedef {{state: string, version: number}} Status
 * @typedef {object} Answer
 * @property {Column[]} columns
 * @property {Row[]} results
 * @property {number} rows
 * @property {boolean} truncated
 * @property {string[]} warnings
 * @property {{elapsed_ms: number, queued_ms: number, cached: boolean}} stats
 * @property {Status & {created: string}} status
 *
 * @typedef {{name: string, type: string, default: unknown, required: boolean}} Parameter
 * @typedef {{name: string, title: string, sql?: string, parameters: Parameter[]}} Stored
 * @typedef {{name: string, title: string, queries: Stored[]}} Board
 * @typedef {{key: {name: string, ad_hoc: boolean, rows: number}, boards: Board[]}} Told
 * @typedef {{name: string, attribute: string, type: string, others: number}} SchemaColumn
 * @typedef {{table: string, rows: number, columns: SchemaColumn[], status: Status}} Schema
 *
 * @typedef {object} Question what is asked: a stored query by its name, or SQL
 * @property {string} board
 * @property {string} [name]
 * @property {string} sql
 * @property {Record<string, string>} values
 */

const PLACE = "tallyboard key";
const NUMBER = /^[+-]?\d+(\.\d+)?$/;

/** The API does not answer as asked: its sentence, and where in the SQL. */
export class Refusal extends Error {
  /** @param {number} status @param {string} text @param {number | null} [position] */
  constructor(status, text, position = null) {
    super(text);
    this.status = status;
    this.position = position;
  }
}

export const readKey = () => sessionStorage.getItem(PLACE) ?? "";
/** @type {(key: string) => void} */
export const keepKey = (key) => sessionStorage.setItem(PLACE, key);
export const forgetKey = () => sessionStorage.removeItem(PLACE);

/** @type {() => Promise<Told>} */
export const tell = async () => (await ask("api/explore")).json();

/** @type {(board: string) => Promise<Schema>} */
export const readSchema = async (board) => (await ask(`api/boards/${board}/schema`)).json();

/** @type {(question: Question, signal: AbortSignal) => Promise<Answer>} */
export const answer = async (question, signal) =>
  (await send(question, "application/json", signal)).json();

/** @type {(question: Question, signal: AbortSignal) => Promise<Blob>} */
export const download = async (question, signal) =>
  (await send(question, "text/csv", signal)).blob();

/** @type {(question: Question, accept: string, signal: AbortSignal) => Promise<Response>} */
function send({ board, name, sql, values }, accept, signal) {
  const headers = { accept };
  if (name) {
    const given = Object.entries(values).filter(([, text]) => text !== "");
    return ask(`api/boards/${board}/queries/${name}?${new URLSearchParams(given)}`, { headers, signal });
  }
  const parameters = Object.fromEntries(
    Object.entries(values).map(([key, text]) => [key, toValue(text)]),
  );
  const body = JSON.stringify({ sql, parameters });
  return ask(`api/boards/${board}/query`, { method: "POST", headers, body, signal });
}

/** @type {(address: string, options?: RequestInit) => Promise<Response>} */
async function ask(address, options = {}) {
  const headers = { ...options.headers, authorization: `Bearer ${readKey()}` };
  const response = await fetch(address, { ...options, headers, cache: "no-store" });
  if (response.ok) return response;
  const said = await response.json().catch(() => ({}));
  throw new Refusal(response.status, said.error ?? `The server says ${response.status}.`, said.position ?? null);
}

/**
 * What a field's text stands for in SQL of one's own: a number, true, false, nothing, or text.
 * @type {(text: string) => string | number | boolean | null}
 */
export function toValue(text) {
  if (text === "") return null;
  if (text === "true" || text === "false") return text === "true";
  const number = Number(text);
  return NUMBER.test(text) && Number.isFinite(number) && Math.abs(number) < 2 ** 53 ? number : text;
}
