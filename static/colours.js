/**
 * Eight colours that the colour-blind can tell apart; theme.css has them as --colour-0 to -7.
 *
 * @typedef {[group: string, place: number][]} Colours a group's place in the palette
 */
export const COLOURS = 8;

/**
 * The colours of `groups`. A group that has one keeps it, whoever joins later: the audience has
 * learnt it. The others get one by their name, so that screens which are loaded together agree:
 * the next one while that is taken. Beyond eight groups, colours repeat.
 * @type {(groups: string[], known: Colours) => Colours}
 */
export function assignColours(groups, known) {
  const places = new Map(known);
  const fresh = groups.filter((group) => !places.has(group));
  if (fresh.length === 0) return known;
  const taken = new Set(groups.map((group) => places.get(group)));
  taken.delete(undefined);
  for (const group of fresh.sort()) {
    let place = hash(group) % COLOURS;
    while (taken.size < COLOURS && taken.has(place)) place = (place + 1) % COLOURS;
    taken.add(place);
    places.set(group, place);
  }
  return [...places];
}

/** @type {(text: string) => number} */
function hash(text) {
  let value = 2166136261;
  for (const character of text) {
    value = Math.imul(value ^ (character.codePointAt(0) ?? 0), 16777619);
  }
  return value >>> 0;
}
