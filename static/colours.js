/**
 * Eight colours that the colour-blind can tell apart; theme.css has them as --colour-0 to -7.
 *
 * @typedef {[group: string, place: number][]} Colours a group's place in the palette
 */
export const COLOURS = 8;

/**
 * The colours of `groups`: in the order in which the board names them, then in that in which they
 * appeared, as the server tells it. So all screens agree, whenever they were loaded, and no group's
 * colour changes when another comes. Beyond eight groups, colours repeat.
 * @type {(groups: string[], named: string[], numbers: Record<string, number>) => Colours}
 */
export function assignColours(groups, named, numbers) {
  const places = new Map(named.map((group, place) => [group, place % COLOURS]));
  const others = groups.filter((group) => !places.has(group));
  // The board names all but the group of what is missing, and that of what is another: they share
  // the colours that are left. Of a board that names none, a group's number is its place.
  const numberOf = (/** @type {string} */ group) =>
    Object.hasOwn(numbers, group) ? numbers[group] : groups.length;
  others.sort((a, b) => numberOf(a) - numberOf(b) || (a < b ? -1 : 1));
  others.forEach((group, index) => {
    const place = named.length > 0 ? named.length + index : numberOf(group) - 1;
    places.set(group, place % COLOURS);
  });
  return [...places];
}
