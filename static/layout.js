/** Where the display is shown, and how much room there is. The units are those of places.css. */

const WALL = matchMedia("(min-aspect-ratio: 5/4) and (min-width: 900px) and (min-height: 480px)");
const UPRIGHT = matchMedia(
  "(max-aspect-ratio: 4/5) and (min-width: 700px) and (min-height: 1100px)",
);

/** Writes the place to `body[data-place]`, now and whenever the window changes. */
export function watchPlace() {
  const is_overlay = document.documentElement.dataset.overlay === "1";
  function write() {
    const full = WALL.matches ? "wall" : UPRIGHT.matches ? "upright" : "phone";
    document.body.dataset.place = is_overlay ? "overlay" : full;
  }
  WALL.addEventListener("change", write);
  UPRIGHT.addEventListener("change", write);
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
  return document.body.dataset.place === "upright"
    ? Math.min(innerWidth * 0.016, innerHeight * 0.009)
    : Math.min(innerWidth / 100, innerHeight / 56.25);
}

/**
 * How many rows a list has room for, and how high they are then.
 * @type {(height_px: number, wanted: number, least: number, most: number)
 *   => {capacity: number, row_px: number}} `least` and `most` in units
 */
export function fitRows(height_px, wanted, least, most) {
  const unit = unitPx();
  const capacity = Math.max(1, Math.floor(height_px / (least * unit)));
  const rows = Math.max(1, Math.min(capacity, wanted));
  return { capacity, row_px: Math.min(height_px / rows, most * unit) };
}
