/** What the help page offers: each place with its link, and a picture of it in its real size. */

/**
 * @typedef {object} Place
 * @property {"wall" | "hall" | "figure" | "turns" | "boards" | "strip" | "corner" | "plate"
 *   | "widget" | "upright" | "led" | "phone"} name as in help_texts.js
 * @property {Record<string, string>} query
 * @property {[number, number]} size in pixels
 */

/** @type {Place[]} */
export const PLACES = [
  { name: "wall", query: {}, size: [1920, 1080] },
  { name: "hall", query: { far: "1" }, size: [1920, 1080] },
  { name: "figure", query: { panels: "total,goal", bare: "1" }, size: [1920, 1080] },
  { name: "turns", query: { every: "20", bare: "1" }, size: [1920, 1080] },
  { name: "boards", query: { every: "15", bare: "1" }, size: [1920, 1080] },
  { name: "strip", query: { overlay: "strip" }, size: [1920, 1080] },
  { name: "corner", query: { overlay: "strip", at: "top-left" }, size: [1920, 1080] },
  { name: "plate", query: { overlay: "1" }, size: [1920, 1080] },
  { name: "widget", query: { overlay: "1", panels: "total" }, size: [1920, 1080] },
  { name: "upright", query: {}, size: [1080, 1920] },
  { name: "led", query: {}, size: [1536, 256] },
  { name: "phone", query: {}, size: [390, 760] },
];

const HIGHEST_PX = 420;

/**
 * Has the page be as large as the place is, and shows it as small as the box.
 * @type {(box: HTMLElement, page: HTMLIFrameElement, place: Place) => void}
 */
export function fitPreview(box, page, { size: [width, height], query }) {
  const room = box.parentElement?.clientWidth ?? width;
  const scale = Math.min(1, room / width, box.clientWidth / width, HIGHEST_PX / height);
  Object.assign(page.style, {
    width: `${width}px`,
    height: `${height}px`,
    transform: `scale(${scale})`,
    marginInlineStart: `${(box.clientWidth - width * scale) / 2}px`,
  });
  box.style.blockSize = `${height * scale}px`;
  box.dataset.overlay = query.overlay ? "1" : "0";
}
