/** A row of a stored query's answer. */
import { apart } from "../bidi.js";
import { make, setData, setHidden, setText } from "../dom.js";
import { safeText } from "../safe_text.js";

/**
 * @typedef {import("../types.js").QueryColumn} QueryColumn
 * @typedef {import("../query_panels.js").QueryRow} QueryRow
 * @typedef {Record<"name" | "amount" | "track" | "fill" | "meta", HTMLElement>} Parts
 */

/**
 * A value as its column says: an amount of money, a number or a text.
 * @type {(cell: string | number | null, column: QueryColumn, format: import("../types.js").Format,
 *   cents?: boolean) => string}
 */
export function writeCell(cell, column, format, cents) {
  if (cell === null) return "–";
  if (typeof cell === "string") return safeText(cell);
  if (column.type !== "amount") return format.number(cell);
  const { name, unit, exponent } = column;
  return format.amount(cell, { name, attribute: null, unit, exponent }, cents);
}

/**
 * `see` gives what rows are drawn from: the places of the board's groups in the palette, and whether the
 * figures have cents.
 * @type {(language: Pick<import("../types.js").Language, "format" | "t">,
 *   see: () => {colours: Map<string, number>, cents: boolean}) => import("./rows.js").RowKind<QueryRow, Parts>}
 */
export function createQueryRow({ format, t }, see) {
  return {
    key: ({ key }) => key,
    build(row) {
      const [name, amount, track, fill, meta] =
        ["name", "amount", "track", "fill", "meta"].map((part) => make("span", part));
      name.dir = "auto";
      meta.dir = "auto";
      track.append(fill);
      row.append(name, amount, track, meta);
      return { name, amount, track, fill, meta };
    },
    fill({ name, amount, track, fill, meta }, { name: text, column, value, length, others }, row) {
      const { colours, cents } = see();
      setText(name, safeText(text) || t("no_name"));
      setData(row, "colour", colours.get(text) ?? "own");
      setData(row, "value", value ?? "");
      setText(amount, column ? writeCell(value, column, format, cents) : "");
      setText(meta, others.map(([other, cell]) => {
        const written = writeCell(cell, other, format);
        return apart(other.type === "text" ? written : `${written} ${safeText(other.name)}`);
      }).join(" · "));
      setHidden(track, column === null);
      fill.style.setProperty("--part", length.toFixed(3));
    },
  };
}
