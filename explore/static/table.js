/** The rows of an answer as a table. */
import { make } from "../../static/dom.js";
import { safeText } from "../../static/safe_text.js";
import { isNumeric } from "./chart_data.js";

/** @typedef {import("./api.js").Answer} Answer */

// A browser draws so many rows at once; the file has all of them.
export const MOST_ROWS = 1000;

/** @type {(answer: Answer) => HTMLTableElement} */
export function makeTable({ columns, results }) {
  const table = make("table");
  const head = make("thead");
  const names = make("tr");
  for (const { name, type } of columns) {
    const cell = make("th", isNumeric(type) ? "number" : "");
    cell.scope = "col";
    const label = make("span", "column", safeText(name));
    label.dir = "auto";
    cell.append(label, make("small", "type", type.toLowerCase()));
    names.append(cell);
  }
  head.append(names);
  const body = make("tbody");
  for (const row of results.slice(0, MOST_ROWS)) {
    const line = make("tr");
    for (const { name, type } of columns) line.append(makeCell(row[name], isNumeric(type)));
    body.append(line);
  }
  table.append(head, body);
  return table;
}

/** @type {(value: unknown, is_number: boolean) => HTMLTableCellElement} */
function makeCell(value, is_number) {
  if (value === null || value === undefined) return make("td", is_number ? "number null" : "null", "null");
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  const cell = make("td", is_number ? "number" : "", safeText(text));
  if (!is_number) cell.dir = "auto";
  return cell;
}
