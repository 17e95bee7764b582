/**
 * What is counted, in the event's own words where the board has some.
 *
 * @typedef {import("./types.js").Words} Words
 * @typedef {(words: Words | undefined, count: number, with_number?: boolean) => string} Items
 *   "3 votes", "1 donation"; without the number, the word alone
 */
import { isolate } from "./bidi.js";


/**
 * The board's words are in the language of its screens, though the display may have no texts in it.
 * @type {(lang: string, language: {format: import("./types.js").Format,
 *   t: import("./types.js").Translate, dir: "ltr" | "rtl"}) => Items}
 */
export function createItems(lang, { format, t, dir }) {
  const plurals = new Intl.PluralRules(lang);

  return (words, count, with_number = true) => {
    const number = with_number ? format.number(count) : "";
    const own = words?.item;
    if (!own && !with_number) return t("only_donations", {}, count);
    if (!own) return t("donations", { count: number }, count);
    const word = own[plurals.select(count)] ?? own.other;
    // As one where the page goes the other way, so that the number stays at its side of the word.
    if (dir === "rtl") return isolate(`${number} ${word}`.trim());
    return t("items", { count: number, items: word }).trim();
  };
}

/**
 * A panel's heading: the board's own, else one that is made with its words, else the usual.
 * @type {(name: "groups" | "timeline" | "latest", snapshot: import("./types.js").Snapshot | null,
 *   t: import("./types.js").Translate) => string}
 */
export function nameHeading(name, snapshot, t) {
  const words = snapshot?.words;
  const own = words?.headings[name];
  if (own) return own;
  if (name === "groups") return t("by", { group: words?.group ?? snapshot?.group_by ?? "" });
  if (name === "timeline") return t("timeline");
  return words?.item ? t("latest_items", { items: words.item.other }) : t("latest");
}
