/** The colours of SQL: a text in parts, each with its kind. Pure, and tested. */

const WORDS = new Set(
  ("all and any array as asc asof between by case cast cross cube desc distinct else end except exclude " +
    "exists false filter first following from full group grouping having ilike in inner intersect interval " +
    "is join lambda last lateral left like limit natural not null nulls offset on or order outer over " +
    "partition preceding qualify range recursive rename replace right rollup row rows sample select sets " +
    "similar table then true try_cast unbounded union using values when where window with").split(" "),
);
const PART =
  /(--[^\n]*|\/\*[\s\S]*?(?:\*\/|$))|('(?:[^']|'')*(?:'|$))|("(?:[^"]|"")*(?:"|$))|(\$[A-Za-z_]\w*)|(\b\d+(?:\.\d+)?\b)|([A-Za-z_]\w*)/g;
const KINDS = ["comment", "text", "name", "parameter", "number"];

/** @type {(sql: string) => {kind: string, text: string}[]} */
export function splitSql(sql) {
  const parts = [];
  let end = 0;
  for (const found of sql.matchAll(PART)) {
    if (found.index > end) parts.push({ kind: "", text: sql.slice(end, found.index) });
    const place = found.slice(1).findIndex((text) => text !== undefined);
    const is_word = place === KINDS.length && WORDS.has(found[0].toLowerCase());
    parts.push({ kind: is_word ? "word" : (KINDS[place] ?? ""), text: found[0] });
    end = found.index + found[0].length;
  }
  if (end < sql.length) parts.push({ kind: "", text: sql.slice(end) });
  return parts;
}

/**
 * The names after `$` that are no part of a text or a comment, each once.
 * @type {(sql: string) => string[]}
 */
export function findParameters(sql) {
  const names = splitSql(sql)
    .filter(({ kind }) => kind === "parameter")
    .map(({ text }) => text.slice(1));
  return [...new Set(names)];
}
