/**
 * A list whose rows glide to their places. Each row lies at the top and is moved by its own size
 * times its place, so a new order touches only `transform`. With columns, the second begins where
 * the first has no room left.
 */
import { setData } from "../dom.js";

// As long as rows.css has rows glide.
const GLIDE_MS = 750;
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
 * @property {boolean} [falls] new rows come in above the others and old ones leave below: nothing is
 *   ever drawn over anything
 */

/**
 * @template Item
 * @template Parts
 * @param {HTMLElement} list
 * @param {RowKind<Item, Parts>} kind
 * @returns {(items: Item[], columns?: number) => void}
 */
export function createRows(list, { key, build, fill, falls = false }) {
  /** @typedef {{row: HTMLLIElement, parts: Parts, place: number}} Entry */
  /** @type {Map<string, Entry>} */
  const rows = new Map();
  let settle_timer = 0;
  let started = false;
  let drawn_layout = "";

  function settle() {
    const ordered = [...rows.values()].sort((a, b) => a.place - b.place).map(({ row }) => row);
    for (const row of ordered) row.className = ""; // a row that is put elsewhere would come in again
    if (ordered.some((row, place) => list.children[place] !== row)) list.append(...ordered);
  }

  /**
   * A new row: it falls from above the list, from its place `from` there, or fades in where it belongs.
   * Both are animations, because a transition would need a style, and so a layout, to begin from.
   * @type {(name: string, from: number | null) => Entry}
   */
  function makeEntry(name, from) {
    const row = document.createElement("li");
    const entry = { row, parts: build(row), place: -1 };
    rows.set(name, entry);
    list.append(row);
    if (from !== null) {
      row.className = "fallen";
      row.style.setProperty("--from", `${from * 100}%`);
    } else if (started) row.className = "new";
    return entry;
  }

  /** @type {(row: HTMLElement, place: number, column?: number) => void} */
  function moveTo(row, place, column = 0) {
    row.style.transform = column === 0
      ? `translateY(${place * 100}%)`
      : `translate(calc((100% + var(--gutter)) * ${column} * var(--to-end)), ${place * 100}%)`;
  }

  /** @type {(row: HTMLElement, place: number) => void} lets a row fall out of the list */
  function dropTo(row, place) {
    row.dataset.leaving = "1";
    moveTo(row, place);
    setTimeout(() => row.remove(), GLIDE_MS);
  }

  return (items, columns = 1) => {
    const left = new Map(rows);
    const first_known = items.findIndex((item) => rows.has(key(item)));
    const on_top = falls && started ? (first_known < 0 ? items.length : first_known) : 0;
    const per_column = Math.ceil(items.length / columns);
    const layout = `${items.length}/${columns}`;
    const is_new_layout = layout !== drawn_layout;
    let moved = false;
    items.forEach((item, place) => {
      const name = key(item);
      left.delete(name);
      // New rows come in as one block, each as far above the list as it has to go.
      const entry = rows.get(name) ?? makeEntry(name, place < on_top ? place - on_top : null);
      if (entry.place !== place || is_new_layout) {
        entry.place = place;
        moveTo(entry.row, place % per_column, Math.floor(place / per_column));
        moved = true;
      }
      fill(entry.parts, item, entry.row);
    });
    for (const [name, { row, place }] of left) {
      rows.delete(name);
      if (place + on_top >= items.length && on_top > 0) dropTo(row, place + on_top);
      else row.remove();
    }
    started = true;
    if (is_new_layout) {
      drawn_layout = layout;
      setData(list, "rows", items.length);
      list.style.setProperty("--rows", String(per_column));
      list.style.setProperty("--columns", String(columns));
    }
    if (moved) {
      clearTimeout(settle_timer);
      settle_timer = setTimeout(settle, SETTLE_MS);
    }
  };
}
