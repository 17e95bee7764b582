/** What a simple chart shows of an answer, before any drawing: pure, and tested. */

/**
 * @typedef {import("./api.js").Answer} Answer
 * @typedef {{label: string, value: number, at: number}} Point `at` is a time in ms, or the row's number
 * @typedef {{kind: "line" | "bars", label: string, value: string, points: Point[], left_out: number}} Chart
 */

const NUMBERS = /^(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT|U(TINY|SMALL|BIG|HUGE)INT|UINTEGER|DECIMAL|DOUBLE|FLOAT)/;
const TIMES = /^(DATE|TIMESTAMP)/;
const MOST_BARS = 40;
const MOST_POINTS = 2000;

/** @type {(type: string) => boolean} */
export const isNumeric = (type) => NUMBERS.test(type);

/**
 * The columns whose values can be drawn.
 * @type {(answer: Answer) => string[]}
 */
export function listValues({ columns }) {
  const numeric = columns.filter(({ type }) => isNumeric(type)).map(({ name }) => name);
  // A number that is the only other thing names the rows, as an hour does.
  return numeric.length === columns.length && numeric.length > 1 ? numeric.slice(1) : numeric;
}

/**
 * A line where the first column that is no value is a time, else bars; null if there is nothing to draw.
 * @type {(answer: Answer, value: string) => Chart | null}
 */
export function makeChart(answer, value) {
  const { columns, results } = answer;
  const values = listValues(answer);
  if (!values.includes(value) || results.length === 0) return null;
  const about = columns.find(({ name, type }) => TIMES.test(type) && !values.includes(name))
    ?? columns.find(({ name }) => !values.includes(name));
  const kind = about && TIMES.test(about.type) && results.length > 1 ? "line" : "bars";
  /** @type {Point[]} */
  const points = results.flatMap((row, place) => {
    const number = Number(row[value] ?? Number.NaN);
    if (!Number.isFinite(number)) return [];
    const named = about ? row[about.name] : place + 1;
    const label = named === null ? "null" : typeof named === "object" ? JSON.stringify(named) : String(named);
    const at = kind === "line" ? Date.parse(toIso(label)) : place;
    return Number.isNaN(at) ? [] : [{ label, value: number, at }];
  });
  if (kind === "line") points.sort((a, b) => a.at - b.at);
  const shown = points.slice(0, kind === "line" ? MOST_POINTS : MOST_BARS);
  if (shown.length === 0) return null;
  return { kind, label: about?.name ?? "", value, points: shown, left_out: results.length - shown.length };
}

/** @type {(text: string) => string} */
const toIso = (text) => text.replace(" ", "T");
