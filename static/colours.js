/** Eight colours that the colour-blind can tell apart; theme.css has them as --colour-0 to -7. */
export const COLOURS = 8;

/**
 * Gives each group a place in the palette that is the same on every screen: by its name, moved on
 * when an earlier name has that place. Beyond eight groups, places repeat.
 * @type {(groups: string[]) => Map<string, number>}
 */
export function assignColours(groups) {
  const places = new Map();
  const taken = new Set();
  for (const group of [...groups].sort()) {
    let place = hash(group) % COLOURS;
    while (taken.size < COLOURS && taken.has(place)) place = (place + 1) % COLOURS;
    taken.add(place);
    places.set(group, place);
  }
  return places;
}

/** @type {(text: string) => number} */
function hash(text) {
  let value = 2166136261;
  for (const character of text) {
    value = Math.imul(value ^ (character.codePointAt(0) ?? 0), 16777619);
  }
  return value >>> 0;
}
