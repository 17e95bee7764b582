/**
 * What the address asks for: `?board=&panels=&theme=&lang=&overlay=1`. help.html describes it.
 *
 * @typedef {object} Options
 * @property {string} board empty: the server's first
 * @property {Set<string>} panels
 * @property {string} theme
 * @property {string} lang
 * @property {boolean} overlay
 */

export const PANELS = ["total", "goal", "bars", "timeline", "ticker"];
export const THEMES = ["dark", "light", "contrast"];
const OVERLAY_PANELS = ["total", "goal", "ticker"];

/**
 * What is not understood is as if it were absent.
 * @type {(search: string, languages: readonly string[]) => Options}
 */
export function readOptions(search, languages) {
  const query = new URLSearchParams(search);
  const overlay = ["1", "true"].includes(query.get("overlay") ?? "");
  const asked = (query.get("panels") ?? "").split(",").filter((name) => PANELS.includes(name));
  const theme = query.get("theme") ?? "";
  const usual = overlay ? OVERLAY_PANELS : PANELS;
  return {
    board: query.get("board") ?? "",
    panels: new Set(asked.length > 0 ? asked : usual),
    theme: THEMES.includes(theme) ? theme : "dark",
    lang: firstLocale([query.get("lang") ?? "", ...languages]),
    overlay,
  };
}

/** @type {(tags: string[]) => string} */
function firstLocale(tags) {
  for (const tag of tags) {
    try {
      if (tag && Intl.NumberFormat.supportedLocalesOf(tag).length > 0) return tag;
    } catch {
      // Not a language tag at all.
    }
  }
  return "en";
}
