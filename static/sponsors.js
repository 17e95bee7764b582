/**
 * Who pays for the event: their logos in one row of a wall. Where they do not fit beside the links they
 * have a row above them, as small as can still be made out, and beyond that they are shown in turn.
 */
import { make, setData, setHidden } from "./dom.js";
import { unitPx } from "./layout.js";
import { fadeIn, takeTurns } from "./turns.js";

const EVERY_MS = 8_000;
// sponsors.css has the same, in parts of a logo's height.
const HIGH_UNITS = 3.3;
const WIDEST = 4.85;
const AROUND = 0.48;
const GAP = 0.24;
// What a logo may be shrunk to: beside the links, where the row costs no height, and above them.
const LEAST_BESIDE = 0.85;
const LEAST = 0.6;
const UNKNOWN_RATIO = 2; // until a picture is there

/**
 * How logos of these shapes share a row: how large they are, in parts of the usual size, and which are
 * shown together. All are as large as the widest row allows.
 * @type {(ratios: number[], beside: number, above: number)
 *   => {above: boolean, size: number, rows: number[][]}} `ratios`: width to height; `beside` and
 *   `above`: the room, in heights of a logo
 */
export function shareRow(ratios, beside, above) {
  const wide = ratios.map((ratio) => Math.min(WIDEST, ratio) + AROUND);
  const widthOf = (/** @type {number[]} */ row) =>
    row.reduce((sum, place) => sum + wide[place], GAP * (row.length - 1));
  const all = ratios.map((_, place) => place);
  const size_beside = beside / Math.max(1e-6, widthOf(all));
  if (size_beside >= LEAST_BESIDE) return { above: false, size: Math.min(1, size_beside), rows: [all] };
  for (let count = 1; ; count += 1) {
    const each = Math.ceil(all.length / count);
    const rows = Array.from({ length: Math.ceil(all.length / each) }, (_, row) =>
      all.slice(row * each, (row + 1) * each));
    const size = above / Math.max(...rows.map(widthOf));
    if (size >= LEAST || each === 1) return { above: true, size: Math.min(1, size), rows };
  }
}

/**
 * Returns a function that shows the logos of an event in `list`, which stands in `footer`.
 * @type {(list: HTMLElement, footer: HTMLElement)
 *   => (sponsors: {name: string, picture: string}[]) => void}
 */
export function createSponsors(list, footer) {
  /** @type {HTMLImageElement[]} */
  let images = [];
  let drawn = "";
  let turns = takeTurns(0, 0, () => {});
  const others = [...footer.children].filter((one) => one !== list);
  const observer = new ResizeObserver(share);
  for (const one of [footer, ...others]) observer.observe(one);

  function share() {
    if (images.length === 0) return;
    const height_px = HIGH_UNITS * unitPx();
    const ratios = images.map(({ naturalWidth, naturalHeight }) =>
      naturalHeight > 0 ? naturalWidth / naturalHeight : UNKNOWN_RATIO);
    const above_px = footer.clientWidth;
    const gap_px = unitPx();
    const links_px = others.reduce((sum, one) =>
      sum + (one.clientWidth > 0 ? one.getBoundingClientRect().width + gap_px : 0), 0);
    const place = document.body.dataset.place;
    const beside = place === "upright" ? 0 : (above_px - links_px) / height_px;
    const shared = place === "phone" || place === "overlay"
      ? { above: false, size: 1, rows: [images.map((_, at) => at)] } // the page scrolls, or has none
      : shareRow(ratios, beside, above_px / height_px);
    const key = JSON.stringify(shared);
    if (key === drawn) return;
    drawn = key;
    list.style.setProperty("--size", shared.size.toFixed(3));
    setData(footer, "sponsors", shared.above ? "above" : "beside");
    document.body.style.setProperty("--sponsors", shared.size.toFixed(3));
    showRow(shared.rows, 0);
    turns.stop();
    turns = takeTurns(shared.rows.length, EVERY_MS, (at) => {
      showRow(shared.rows, at);
      fadeIn([list]);
    });
  }

  /** @type {(rows: number[][], at: number) => void} */
  function showRow(rows, at) {
    images.forEach(({ parentElement }, place) =>
      parentElement && setHidden(parentElement, !rows[at].includes(place)));
  }

  return (sponsors) => {
    images = sponsors.map(({ name, picture }) => {
      const image = make("img");
      image.addEventListener("load", share);
      image.src = picture;
      image.alt = name;
      return image;
    });
    list.replaceChildren(...images.map((image) => {
      const item = make("li");
      item.append(image);
      return item;
    }));
    turns.stop();
    drawn = "";
    setHidden(list, images.length === 0);
    if (images.length === 0) document.body.style.removeProperty("--sponsors");
    share();
  };
}
