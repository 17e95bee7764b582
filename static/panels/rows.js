/**
 * A list whose rows glide to their places. Each row lies at the top and is moved down by its own
 * height times its place, so a new order touches only `transform`.
 */
import { setData } from "../dom.js";

// Rows are put into reading order once they have come to rest: moving them earlier would cut their
// transitions short.
const SETTLE_MS = 1500;

/**
 * @template Item
 * @template Parts
 * @typedef {object} RowKind
 * @property {(item: Item) => string} key
 * @property {(row: HTMLLIElement) => Parts} build makes a row's elements
 * @property {(parts: Parts, item: Item, row: HTMLLIElement) => void} fill
 */

/**
 * @template Item
 * @template Parts
 * @param {HTMLElement} list
 * @param {RowKind<Item, Parts>} kind
 * @returns {(items: Item[]) => void}
 */
export function createRows(list, { key, build, fill }) {
  /** @type {Map<string, {row: HTMLLIElement, parts: Parts, place: number}>} */
  const rows = new Map();
  let settle_timer = 0;
  let started = false;

  function settle() {
    const ordered = [...rows.values()].sort((a, b) => a.place - b.place).map(({ row }) => row);
    if (ordered.some((row, place) => list.children[place] !== row)) list.append(...ordered);
  }

  return (items) => {
    const left = new Set(rows.keys());
    let moved = false;
    items.forEach((item, place) => {
      const name = key(item);
      left.delete(name);
      let entry = rows.get(name);
      if (!entry) {
        const row = document.createElement("li");
        if (started) row.className = "new";
        entry = { row, parts: build(row), place: -1 };
        rows.set(name, entry);
        list.append(row);
      }
      if (entry.place !== place) {
        entry.place = place;
        entry.row.style.transform = `translateY(${place * 100}%)`;
        moved = true;
      }
      fill(entry.parts, item, entry.row);
    });
    for (const name of left) {
      rows.get(name)?.row.remove();
      rows.delete(name);
    }
    started = true;
    if (String(items.length) !== list.dataset.rows) {
      setData(list, "rows", items.length);
      list.style.setProperty("--rows", String(items.length));
    }
    if (moved) {
      clearTimeout(settle_timer);
      settle_timer = setTimeout(settle, SETTLE_MS);
    }
  };
}
