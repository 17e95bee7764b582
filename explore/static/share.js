/**
 * A question as the part of an address after #, which browsers never send: SQL may have a donor's name.
 *
 * @typedef {import("./api.js").Question} Question
 */

const VALUE = "$";

/** @type {(question: Question) => string} */
export function writeLink({ board, name, sql, values }) {
  const fields = new URLSearchParams({ board, ...(name ? { query: name } : { sql }) });
  for (const [key, text] of Object.entries(values)) if (text !== "") fields.set(VALUE + key, text);
  return `#${fields}`;
}

/** @type {(hash: string) => Question | null} null if the link has no question */
export function readLink(hash) {
  const fields = new URLSearchParams(hash.slice(1));
  const [board, name, sql] = ["board", "query", "sql"].map((key) => fields.get(key) ?? "");
  if (!name && !sql) return null;
  const values = Object.fromEntries(
    [...fields].filter(([key]) => key.startsWith(VALUE)).map(([key, text]) => [key.slice(1), text]),
  );
  return { board, ...(name ? { name } : {}), sql, values };
}
