/** How many rows of a list fit: measured when its size changes, not when its rows do. */
import { fitRows, fitsScreen } from "../layout.js";

/**
 * `least` and `most`: a row's height in units; `scrolled`: how many rows where the page scrolls.
 * `onChange` is called when there is more or less room.
 * @param {HTMLElement} list
 * @param {{least: number, most: number, scrolled: number}} limits
 * @param {() => void} onChange
 * @returns {(wanted: number) => number} sets the height of `wanted` rows, returns how many fit
 */
export function createRoom(list, { least, most, scrolled }, onChange) {
  let height_px = 0;
  let drawn = "";
  new ResizeObserver((entries) => {
    const changed = entries[0].contentRect.height;
    if (Math.abs(changed - height_px) < 1) return;
    height_px = changed;
    onChange();
  }).observe(list);
  // On a page that scrolls, the rows make the list's height: nothing to observe, but --row is old.
  addEventListener("resize", onChange);

  return (wanted) => {
    if (height_px === 0) height_px = list.clientHeight; // the first drawing, before any observation
    const fits = fitsScreen() && height_px > 0;
    const { capacity, row_px } = fits
      ? fitRows(height_px, wanted, least, most)
      : { capacity: scrolled, row_px: 0 };
    const row = row_px > 0 ? `${row_px.toFixed(1)}px` : "";
    if (row !== drawn) {
      drawn = row;
      if (row) list.style.setProperty("--row", row);
      else list.style.removeProperty("--row");
    }
    return capacity;
  };
}
