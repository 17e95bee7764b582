/** The panels on the page: which are there, in their order, each drawn at its own pace. */
import { byId, setData, setHidden } from "./dom.js";
import { pace } from "./pace.js";

/**
 * @typedef {import("./types.js").PanelKind} PanelKind
 * @typedef {import("./types.js").Panel} Panel
 */

/**
 * An overlay has room for one of groups and latest gifts: the groups of a contest, else the gifts.
 * What an address asks for by name is shown in any case.
 * @type {(kind: PanelKind, kinds: PanelKind[], snapshot: import("./types.js").Snapshot | null) => boolean}
 */
function givesWay(kind, kinds, snapshot) {
  const groups = kinds.find(({ in_overlay }) => in_overlay === "instead");
  if (!groups || !snapshot?.ticker) return false;
  return snapshot.contest ? kind.name === "ticker" : kind === groups;
}

/**
 * Draws the panels of `kinds`; one that is asked for is made the first time and kept. Those with the
 * same pace are drawn in the same moment.
 * @param {import("./types.js").Language} language
 * @param {() => void} redraw
 * @param {boolean} is_overlay
 * @returns {(kinds: PanelKind[], view: import("./types.js").View) => void}
 */
export function createPanelSet(language, redraw, is_overlay) {
  /** @type {Map<string, {section: HTMLElement, draw: Panel}>} */
  const made = new Map();
  let shown = "";
  /** @type {Panel[]} */
  let paced = [];

  /** @type {(kind: PanelKind) => {section: HTMLElement, draw: Panel}} */
  function make({ name, create }) {
    const panel = made.get(name) ?? create(language, redraw);
    made.set(name, panel);
    return panel;
  }

  /** @type {(kinds: PanelKind[]) => void} */
  function choose(kinds) {
    /** @type {Map<number, Panel[]>} */
    const by_pace = new Map();
    for (const { section } of made.values()) section.remove();
    const below = kinds.filter(({ place }) => place === "details");
    setData(document.body, "alone", below.length === 1 ? "1" : "0");
    for (const kind of kinds) {
      const { section, draw } = make(kind);
      /** @type {Panel} */
      const drawPanel = (view) => {
        if (is_overlay && givesWay(kind, kinds, view.snapshot)) setHidden(section, true);
        else draw(view);
      };
      if (kind.place === "figures") byId("details").before(section);
      else byId(kind.place).append(section);
      by_pace.set(kind.every_ms, [...(by_pace.get(kind.every_ms) ?? []), drawPanel]);
    }
    paced = [...by_pace].map(([every_ms, together]) =>
      pace((view) => together.forEach((draw) => draw(view)), every_ms, redraw));
  }

  return (kinds, view) => {
    const names = kinds.map(({ name, in_overlay }) => `${name}/${in_overlay}`).join();
    if (names !== shown) {
      shown = names;
      choose(kinds);
    }
    for (const draw of paced) draw(view);
  };
}
