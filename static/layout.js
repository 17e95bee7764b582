/** Where the display is shown, and how much room there is. The units are those of places.css. */

// An LED strip above a stage: one row of what fits.
const STRIP = matchMedia("(min-aspect-ratio: 7/2) and (min-width: 640px)");
const WALL = matchMedia("(min-aspect-ratio: 5/4) and (min-width: 900px) and (min-height: 480px)");
const SQUARE = matchMedia("(min-aspect-ratio: 9/10) and (min-width: 700px) and (min-height: 700px)");
// Wider than any phone, or a pillar that is higher than any.
const UPRIGHT = matchMedia(
  "(max-aspect-ratio: 9/10) and (min-width: 480px) and (min-height: 1100px)",
);

/** @type {[MediaQueryList, string][]} the first that matches; a phone's page scrolls */
const PLACES = [
  [STRIP, "strip"],
  [WALL, "wall"],
  [SQUARE, "square"],
  [UPRIGHT, "upright"],
];

/** Writes the place to `body[data-place]`, now and whenever the window changes. */
export function watchPlace() {
  const is_overlay = document.documentElement.dataset.overlay === "1";
  function write() {
    const [, place] = PLACES.find(([query]) => query.matches) ?? [null, "phone"];
    document.body.dataset.place = is_overlay ? "overlay" : place;
  }
  for (const [query] of PLACES) query.addEventListener("change", write);
  write();
}

/** @type {() => string} the kind of screen this is, as the server counts them */
export function placeKind() {
  const { place } = document.body.dataset;
  return place === "phone" || place === "overlay" ? place : "wall";
}

/** @type {() => boolean} whether everything has to fit on the screen without scrolling */
export function fitsScreen() {
  return document.body.dataset.place !== "phone";
}

/** @type {() => number} --u in pixels */
export function unitPx() {
  switch (document.body.dataset.place) {
    case "upright":
      return Math.min(innerWidth * 0.016, innerHeight * 0.009);
    case "square":
      return Math.min(innerWidth, innerHeight) * 0.013;
    case "strip":
      return Math.min(innerWidth / 100, innerHeight / 16);
    default:
      return Math.min(innerWidth / 100, innerHeight / 56.25);
  }
}

/**
 * How many rows a list has room for in all, in how many columns, and how high they are then. There
 * are no more columns than the rows that are wanted fill.
 * @type {(height_px: number, wanted: number,
 *   limits: {least: number, most: number, columns: number})
 *   => {capacity: number, columns: number, row_px: number}} `least` and `most` in units
 */
export function fitRows(height_px, wanted, { least, most, columns: most_columns }) {
  const unit = unitPx();
  const in_column = Math.max(1, Math.floor(height_px / (least * unit)));
  const columns = Math.max(1, Math.min(Math.floor(most_columns), Math.ceil(wanted / in_column)));
  const capacity = in_column * columns;
  const rows = Math.ceil(Math.max(1, Math.min(capacity, wanted)) / columns);
  return { capacity, columns, row_px: Math.min(height_px / rows, most * unit) };
}
