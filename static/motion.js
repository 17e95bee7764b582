const reduced = matchMedia("(prefers-reduced-motion: reduce)");

/** @type {() => boolean} */
export function prefersCalm() {
  return reduced.matches;
}
