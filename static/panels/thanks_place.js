/** Where thanks are said: over the lists, never over the total and the way to the goal. */
import { unitPx } from "../layout.js";

const LEAST_UNITS = 4.5; // of height: less is not legible
const FAR_LEAST_UNITS = 13; // two lines as large as views.css has all text of a far screen
// Lines of text in a full card, and in one that has its texts side by side.
const FILLED = 10.4;
const FILLED_WIDE = 4.6;
const WIDE = 5.5; // times its height
const FAR_WIDE = 3;

/**
 * Puts the box where there is room; false where there is none.
 * @type {(box: HTMLElement) => boolean}
 */
export function placeThanks(box) {
  const unit = unitPx();
  const gap = unit * 1.2;
  const area = findArea(gap);
  const high = area.bottom - area.top;
  const is_far = document.documentElement.dataset.far === "1" && document.body.dataset.place !== "strip";
  if (high < (is_far ? FAR_LEAST_UNITS : LEAST_UNITS) * unit) return false;
  box.style.setProperty("--top", `${area.top}px`);
  box.style.setProperty("--high", `${high}px`);
  box.style.setProperty("--left", `${area.left}px`);
  box.style.setProperty("--wide", `${area.right - area.left}px`);
  const is_wide = area.right - area.left > (is_far ? FAR_WIDE : WIDE) * high;
  box.style.setProperty("--most", `${high / (is_wide ? FILLED_WIDE : FILLED)}px`);
  box.dataset.wide = is_wide ? "1" : "0";
  box.dataset.from = area.from;
  return true;
}

/** @type {(gap: number) => {top: number, bottom: number, left: number, right: number, from: string}} */
function findArea(gap) {
  const { place } = document.body.dataset;
  const body = document.body.getBoundingClientRect();
  if (place === "overlay") {
    // The plate has the figures, wherever it stands: the larger side is free.
    const { left, right } = body;
    const is_above = body.top > innerHeight - body.bottom;
    return is_above
      ? { top: gap, bottom: body.top - gap, left, right, from: "bottom" }
      : { top: body.bottom + gap, bottom: innerHeight - gap, left, right, from: "top" };
  }
  const figures = ["top", "goal-panel", "total-panel"]
    .map((id) => document.getElementById(id)?.getBoundingClientRect())
    .filter((rect) => rect !== undefined && rect.height > 0);
  const below = Math.max(0, ...figures.map((rect) => rect?.bottom ?? 0));
  const details = document.body.dataset.details === "none"
    ? undefined
    : document.getElementById("details")?.getBoundingClientRect();
  const edges = { left: gap, right: innerWidth - gap, from: "bottom" };
  if (place === "phone") {
    // At the bottom of what is seen of the page, wherever that is scrolled to.
    const top = Math.min(Math.max(gap, below + gap), innerHeight / 2);
    return { ...edges, top, bottom: innerHeight - gap };
  }
  if (details && details.height > 0) {
    const { left, right, top, bottom } = details;
    return { left, right, top, bottom, from: "bottom" };
  }
  return { ...edges, top: below + gap, bottom: innerHeight - gap };
}
