const GAP_EM = 0.7;

/**
 * Where labels on a line go, so that none lies over another: those that come first have the choice.
 * Each has texts of several lengths, the longest first; `text` is the one that fits, -1 where none
 * does. `side` tells what of the label is at its place: its middle, or an end of it.
 * One that may `slide` stands before the label in its way, by `slid` em before its place, unless it
 * would name another mark there.
 * @type {(wanted: {part: number, wide: number[], slide?: boolean}[], way_em: number)
 *   => {text: number, side: "middle" | "start" | "end", slid: number}[]}
 */
export function placeLabels(wanted, way_em) {
  /** @type {[number, number][]} */
  const taken = [];
  // Every label gets its shortest text before any gets a longer one.
  /** @type {number[]} */
  const slid = [];
  const shortest = wanted.map(({ part, wide, slide = false }, place) => {
    const least = wide[wide.length - 1];
    let [from, to] = span(part * way_em, least, way_em).room;
    const others = [...taken];
    const inTheWay = () => others.find(([start, stop]) => to > start && from < stop);
    let blocking = inTheWay();
    slid.push(0);
    while (blocking && slide && blocking[0] - least - GAP_EM >= 0) {
      [from, to] = [blocking[0] - least - GAP_EM, blocking[0]];
      blocking = inTheWay();
      if (!blocking) slid[place] = part * way_em - (to - GAP_EM);
    }
    const is_lost = slid[place] !== 0 && !namesItsMark(wanted, place, to - GAP_EM, way_em);
    if (is_lost) slid[place] = 0;
    taken.push(blocking || is_lost ? [0, 0] : [from, to]);
    return !blocking && !is_lost;
  });
  return wanted.map(({ part, wide }, place) => {
    const at = part * way_em;
    if (slid[place] !== 0) return { text: wide.length - 1, side: "end", slid: slid[place] };
    const texts = shortest[place] ? wide.keys() : [];
    for (const text of texts) {
      const { room: [from, to], side } = span(at, wide[text], way_em);
      const is_free = to - GAP_EM <= way_em && from >= 0
        && taken.every(([start, stop], other) => other === place || to <= start || from >= stop);
      if (!is_free && text < wide.length - 1) continue;
      taken[place] = [from, to];
      return { text, side, slid: 0 };
    }
    return { text: -1, side: span(at, wide[wide.length - 1], way_em).side, slid: 0 };
  });
}

/**
 * Whether a label that slid so that it ends at `end` still touches its mark, or is nearer to it than
 * to any mark before it. A mark between the two may be that of a label that slid on before this one.
 * @type {(wanted: {part: number, wide: number[], slide?: boolean}[], place: number, end: number,
 *   way_em: number) => boolean}
 */
function namesItsMark(wanted, place, end, way_em) {
  const { part, wide } = wanted[place];
  const at = part * way_em;
  if (end >= at) return true;
  const nearest = end - wide[wide.length - 1] - (at - end);
  return wanted.every(({ part: other_part, slide }, other) => {
    const mark = other_part * way_em;
    return other === place || mark < nearest || mark > at || (slide === true && mark > end);
  });
}

/**
 * @type {(at: number, wide: number, way_em: number)
 *   => {room: [number, number], side: "middle" | "start" | "end"}}
 */
function span(at, wide, way_em) {
  const side = at + wide / 2 > way_em ? "end" : at < wide / 2 ? "start" : "middle";
  const from = at - (side === "end" ? wide : side === "start" ? 0 : wide / 2);
  return { room: [from, from + wide + GAP_EM], side };
}
