/**
 * What the address asks for: `?board=&panels=&theme=&lang=&overlay=1&sound=1&volume=60`. help.html describes it. What
 * is not understood is as if it were absent.
 *
 * @typedef {import("./types.js").PanelKind} PanelKind
 *
 * @typedef {object} Options
 * @property {string} board empty: the server's first
 * @property {string} theme empty: the event's own, else dark
 * @property {string} lang
 * @property {boolean} overlay
 * @property {number} volume of sounds, 0 to 1; 0: none
 */

const USUAL_VOLUME = 60;
export const THEMES = ["dark", "light", "contrast"];

/** @type {(search: string, languages: readonly string[]) => Options} */
export function readOptions(search, languages) {
  const query = new URLSearchParams(search);
  const overlay = ["1", "true"].includes(query.get("overlay") ?? "");
  const theme = query.get("theme") ?? "";
  return {
    board: query.get("board") ?? "",
    theme: THEMES.includes(theme) ? theme : "",
    lang: firstLocale([query.get("lang") ?? "", ...languages]),
    overlay,
    volume: readVolume(query),
  };
}

/** @type {(query: URLSearchParams) => number} `sound=1` alone is not loud */
function readVolume(query) {
  if (!["1", "true"].includes(query.get("sound") ?? "")) return 0;
  const percent = Number(query.get("volume") ?? USUAL_VOLUME);
  return Math.min(100, Math.max(0, Number.isFinite(percent) ? percent : USUAL_VOLUME)) / 100;
}

/**
 * Those of the panels that the address asks for; the usual ones where it asks for none.
 * @type {(search: string, panels: PanelKind[], overlay: boolean) => PanelKind[]}
 */
export function choosePanels(search, panels, overlay) {
  const names = (new URLSearchParams(search).get("panels") ?? "").split(",");
  const asked = panels.filter(({ name }) => names.includes(name));
  // What was asked for is shown in any case.
  if (asked.length > 0) return asked.map((kind) => ({ ...kind, in_overlay: "always" }));
  return usualPanels(panels, overlay);
}

/** @type {(panels: PanelKind[], overlay: boolean) => PanelKind[]} */
function usualPanels(panels, overlay) {
  return overlay ? panels.filter(({ in_overlay }) => in_overlay !== "never") : panels;
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
