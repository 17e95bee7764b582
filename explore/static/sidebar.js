/** What there is to ask: the columns of the table, and the stored queries. */
import { byId, make, setText } from "../../static/dom.js";
import { safeText } from "../../static/safe_text.js";

const WORDS = /^(all|and|any|as|asc|at|between|by|case|desc|end|from|group|in|is|join|left|like|limit|not|null|on|or|order|right|select|table|then|to|union|user|using|when|where|with)$/i;

/** @type {(schema: import("./api.js").Schema, on_pick: (name: string) => void) => void} */
export function showColumns({ table, rows, columns }, on_pick) {
  setText(byId("table"), table);
  setText(byId("table-rows"), `${rows.toLocaleString("en")} ${rows === 1 ? "row" : "rows"}, one for each item.`);
  byId("columns").replaceChildren(...columns.map(({ name, type, others }) => {
    const entry = make("li");
    const button = make("button");
    button.type = "button";
    const label = make("span", "column", safeText(name));
    label.dir = "auto";
    button.append(label, make("span", "type", type.toLowerCase()));
    button.addEventListener("click", () => on_pick(quoteName(name)));
    entry.append(button);
    if (others > 0) {
      const items = others === 1 ? "1 item" : `${others.toLocaleString("en")} items`;
      entry.append(make("p", "others", `null here in ${items} with a value`));
    }
    return entry;
  }));
}

/**
 * @type {(queries: import("./api.js").Stored[], chosen: string, on_pick: (query: import("./api.js").Stored) => void) => void}
 */
export function showStored(queries, chosen, on_pick) {
  const entries = queries.map((query) => {
    const entry = make("li");
    const button = make("button", "", query.title);
    button.type = "button";
    button.dir = "auto";
    if (query.name === chosen) button.setAttribute("aria-current", "true");
    button.addEventListener("click", () => on_pick(query));
    entry.append(button);
    return entry;
  });
  const none = make("li", "hint", "This board has none.");
  byId("stored").replaceChildren(...(entries.length > 0 ? entries : [none]));
}

/** A name as SQL takes it. @type {(name: string) => string} */
export function quoteName(name) {
  return /^[a-z_]\w*$/i.test(name) && !WORDS.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}
