/**
 * What the address asks for: help.html describes it. What is not understood is as if it were absent.
 *
 * @typedef {import("./types.js").PanelKind} PanelKind
 *
 * @typedef {object} Options
 * @property {string[]} boards shown in turn; one that is empty: the server's first
 * @property {number} every_ms how long each board, or each panel below the figure; 0: all at once
 * @property {string} theme empty: the event's own, else dark
 * @property {string} lang
 * @property {string} zone whose times are shown; empty: the machine's
 * @property {"" | "plate" | "strip"} overlay
 * @property {string} at where an overlay stands
 * @property {boolean} far only what can be read from the end of a hall
 * @property {boolean} bare no links and menus
 * @property {number} volume of sounds, 0 to 1; 0: none
 */

import { queryPanels } from "./panels/query.js";

const USUAL_VOLUME = 60;
export const THEMES = ["dark", "light", "contrast"];
export const PLACES = ["bottom", "top", "bottom-left", "bottom-right", "top-left", "top-right"];
// A browser has six connections to a server, and each board takes one.
const MOST_BOARDS = 4;
// A chart has no text that could be read from there.
const FAR = ["total", "give", "goal", "bars", "ticker"];
const USUAL_SECONDS = 15;
const MOST_SECONDS = 3_600;

/** @type {(search: string, languages: readonly string[]) => Options} */
export function readOptions(search, languages) {
  const query = new URLSearchParams(search);
  const is_on = (/** @type {string} */ name) => ["1", "true"].includes(query.get(name) ?? "");
  const theme = query.get("theme") ?? "";
  const at = query.get("at") ?? "";
  const boards = (query.get("board") ?? "").split(",").filter((name) => name !== "");
  const far = is_on("far");
  return {
    boards: boards.length > 0 ? [...new Set(boards)].slice(0, MOST_BOARDS) : [""],
    every_ms: 1_000 * readSeconds(query.get("every"), boards.length > 1 ? USUAL_SECONDS : 0),
    theme: THEMES.includes(theme) ? theme : "",
    lang: firstLocale([query.get("lang") ?? "", ...languages]),
    zone: knownZone(query.get("tz") ?? ""),
    overlay: query.get("overlay") === "strip" ? "strip" : is_on("overlay") ? "plate" : "",
    at: PLACES.includes(at) ? at : "bottom",
    far,
    bare: far || is_on("bare"),
    volume: readVolume(query),
  };
}

/** @type {(zone: string) => string} */
function knownZone(zone) {
  try {
    return zone && new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone;
  } catch {
    return "";
  }
}

/** @type {(text: string | null, usual: number) => number} */
function readSeconds(text, usual) {
  const seconds = Number(text ?? NaN);
  return seconds >= 3 && seconds <= MOST_SECONDS ? seconds : usual;
}

/** @type {(query: URLSearchParams) => number} `sound=1` alone is not loud */
function readVolume(query) {
  if (!["1", "true"].includes(query.get("sound") ?? "")) return 0;
  const percent = Number(query.get("volume") ?? USUAL_VOLUME);
  return Math.min(100, Math.max(0, Number.isFinite(percent) ? percent : USUAL_VOLUME)) / 100;
}

/**
 * Those of the panels that the address asks for, then those of stored queries; the usual ones where
 * it asks for none.
 * @type {(search: string, panels: PanelKind[], options: Options) => PanelKind[]}
 */
export function choosePanels(search, panels, { overlay, far }) {
  const names = (new URLSearchParams(search).get("panels") ?? "").split(",");
  const asked = [...panels.filter(({ name }) => names.includes(name)), ...queryPanels(names)];
  // What was asked for is shown in any case.
  if (asked.length > 0) return asked.map((kind) => ({ ...kind, in_overlay: "always" }));
  if (far) return panels.filter(({ name }) => FAR.includes(name));
  return usualPanels(panels, overlay !== "");
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
