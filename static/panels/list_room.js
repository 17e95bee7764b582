/** How many rows of a list fit: measured when its size changes, not when its rows do. */
import { fitRows, fitsScreen, unitPx } from "../layout.js";

/**
 * `least` and `most`: a row's height in units; `scrolled`: how many rows where the page scrolls;
 * `column`: the least width of a column, where there may be several.
 * `onChange` is called when there is more or less room.
 * @param {HTMLElement} list
 * @param {{least: number, most: number, scrolled: number, column?: number}} limits
 * @param {() => void} onChange
 * @returns {(wanted: number, highest?: number) => {capacity: number, columns: number}} sets the height of `wanted`
 *   rows, `highest` at most, returns how many fit in all, and in how many columns
 */
export function createRoom(list, { least, most, scrolled, column = Infinity }, onChange) {
  let height_px = 0;
  let width_px = 0;
  let drawn = "";
  new ResizeObserver((entries) => {
    const { width, height } = entries[0].contentRect;
    if (Math.abs(height - height_px) < 1 && Math.abs(width - width_px) < 1) return;
    [width_px, height_px] = [width, height];
    onChange();
  }).observe(list);
  // On a page that scrolls, the rows make the list's height: nothing to observe, but --row is old.
  addEventListener("resize", onChange);

  return (wanted, highest = most) => {
    // The first drawing, before any observation.
    if (height_px === 0) [width_px, height_px] = [list.clientWidth, list.clientHeight];
    const fits = fitsScreen() && height_px > 0;
    const { capacity, columns, row_px } = fits
      ? fitRows(height_px, wanted, { least, most: highest, columns: width_px / (column * unitPx()) })
      : { capacity: scrolled, columns: 1, row_px: 0 };
    const row = row_px > 0 ? `${row_px.toFixed(1)}px` : "";
    if (row !== drawn) {
      drawn = row;
      if (row) list.style.setProperty("--row", row);
      else list.style.removeProperty("--row");
    }
    return { capacity, columns };
  };
}

/**
 * Of a list's limits, those for what the address asks for.
 * @template Limits
 * @param {{usual: Limits, overlay: Limits, strip: Limits, far: Limits}} limits
 * @returns {Limits}
 */
export function chooseRoom({ usual, overlay, strip, far }) {
  const asked = document.documentElement.dataset;
  if (asked.strip === "1") return strip;
  if (asked.overlay === "1") return overlay;
  return asked.far === "1" && document.body.dataset.place !== "strip" ? far : usual;
}
