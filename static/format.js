/**
 * Numbers, currencies and dates as the language writes them.
 *
 * @typedef {import("./types.js").Measure} Measure
 * @typedef {{before: string, fraction: string, after: string}} Parts
 *
 * @typedef {object} Format
 * @property {(value: number) => string} number
 * @property {(ratio: number, rounded_down?: boolean) => string} percent `rounded_down`: 100 % is
 *   only shown when it is reached
 * @property {(minor: number, measure: Measure, fractional: boolean) => Parts} parts
 * @property {(minor: number, measure: Measure, fractional?: boolean) => string} amount
 * @property {(minor: number, measure: Measure) => string} gain with its sign; rounded when large
 * @property {(minor: number, measure: Measure) => string} compact
 * @property {(ms: number, now_ms?: number) => string} time with the date, unless within a day
 * @property {(ms: number) => string} date
 * @property {(ms: number) => string} year
 * @property {(ms: number) => number} ahead by how many seconds the zone's clocks are ahead of UTC
 * @property {(seconds: number) => string} span "10 min"
 * @property {(hours: number) => string} span_hours "30 hr", whatever is more than a day
 * @property {(texts: string[]) => string} list "one and two"
 * @property {(ms: number) => string} age
 * @property {(unit: string) => string} unit
 */

import { isolateAsRtl, isolateRtl } from "./bidi.js";
import { directionOf } from "./texts.js";

const DAY_SECONDS = 86_400;
const DAY_MS = DAY_SECONDS * 1_000;
const CURRENCY = /^[A-Z]{3}$/;

/**
 * What stands inside a sentence is in `texts_lang`: the sentence's own language. Times are those of
 * `zone`; "" is the machine's own.
 * @type {(lang: string, texts_lang: string, zone?: string) => Format}
 */
export function createFormat(lang, texts_lang, zone = "") {
  /** @type {Map<string, Intl.NumberFormat>} */
  const formats = new Map();

  /** @type {(key: string, options: Intl.NumberFormatOptions) => Intl.NumberFormat} */
  function numberFormat(key, options) {
    let format = formats.get(key);
    if (!format) formats.set(key, (format = new Intl.NumberFormat(lang, options)));
    return format;
  }

  /** @type {({unit}: Measure) => Intl.NumberFormatOptions} */
  function style({ unit }) {
    return CURRENCY.test(unit) ? { style: "currency", currency: unit } : {};
  }

  /** @type {(measure: Measure, fractional: boolean) => Intl.NumberFormat} */
  function amountFormat(measure, fractional) {
    const digits = fractional ? measure.exponent : 0;
    return numberFormat(`${measure.unit}/${digits}`, {
      ...style(measure),
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    });
  }

  // Hebrew and Arabic begin an amount with a mark of the one direction, and one that has a sign with
  // a mark of the other: all are to have their currency on the same side.
  const is_rtl = directionOf(texts_lang) === "rtl";
  const before_currency = is_rtl ? "\u200f" : "";
  const asOne = is_rtl ? isolateAsRtl : isolateRtl;

  /** @type {(format: Intl.NumberFormat, value: number | Intl.StringNumericLiteral) => string} */
  function write(format, value) {
    const parts = format.formatToParts(value).map(markCurrency);
    return asOne(polish(parts.join("")));
  }

  /** @type {(part: Intl.NumberFormatPart) => string} */
  function markCurrency({ type, value }) {
    return type === "currency" ? before_currency + value : value;
  }

  const at = zone ? { timeZone: zone } : {};
  const time = new Intl.DateTimeFormat(lang, { ...at, hour: "numeric", minute: "2-digit" });
  const day_time = new Intl.DateTimeFormat(lang, { ...at, dateStyle: "medium", timeStyle: "short" });
  const day = new Intl.DateTimeFormat(lang, { ...at, dateStyle: "medium" });
  const year = new Intl.DateTimeFormat(lang, { ...at, year: "numeric" });
  const clock = new Intl.DateTimeFormat("en-US-u-ca-gregory-nu-latn", {
    ...at,
    hourCycle: "h23",
    ...{ year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric" },
  });
  const list = new Intl.ListFormat(texts_lang, { type: "conjunction" });
  const relative = new Intl.RelativeTimeFormat(texts_lang, {
    numeric: "auto",
    style: /^(he|iw)\b/i.test(texts_lang) ? "long" : "short", // the short ones of Hebrew have brackets
  });
  const currency_names = new Intl.DisplayNames(texts_lang, { type: "currency" });

  return {
    number: (value) => numberFormat("number", {}).format(value),
    percent(ratio, rounded_down = false) {
      const digits = ratio > 0 && ratio < 0.01 ? 1 : 0;
      const steps = 100 * 10 ** digits;
      return numberFormat(`percent/${digits}`, { style: "percent", maximumFractionDigits: digits })
        .format(rounded_down ? Math.floor(ratio * steps + 1e-9) / steps : ratio);
    },
    parts(minor, measure, fractional) {
      const parts = { before: "", fraction: "", after: "" };
      const text = decimalText(minor, measure.exponent);
      for (const part of amountFormat(measure, fractional).formatToParts(text)) {
        const { type } = part;
        const value = polish(markCurrency(part));
        if (type === "decimal" || type === "fraction") parts.fraction += value;
        else if (parts.fraction) parts.after += value;
        else parts.before += value;
      }
      return parts;
    },
    amount: (minor, measure, fractional = minor % 10 ** measure.exponent !== 0) =>
      write(amountFormat(measure, fractional), decimalText(minor, measure.exponent)),
    gain(minor, measure) {
      const units = Math.abs(minor) / 10 ** measure.exponent;
      const digits = units >= 100 || Number.isInteger(units) ? 0 : measure.exponent;
      const is_large = units >= 1e6;
      return write(numberFormat(`${measure.unit}/gain/${is_large ? "large" : digits}`, {
        ...style(measure),
        signDisplay: "exceptZero",
        minimumFractionDigits: digits,
        maximumFractionDigits: digits,
        ...(is_large ? { notation: "compact", maximumSignificantDigits: 3 } : {}),
      }), decimalText(minor, measure.exponent));
    },
    compact: (minor, measure) =>
      write(numberFormat(`${measure.unit}/compact`, {
        ...style(measure),
        notation: "compact",
        minimumFractionDigits: 0,
        maximumSignificantDigits: 3,
      }), minor / 10 ** measure.exponent),
    time: (ms, now_ms = ms) =>
      (Math.abs(now_ms - ms) < DAY_MS ? time : day_time).format(ms),
    date: (ms) => day.format(ms),
    year: (ms) => year.format(ms),
    ahead(ms) {
      /** @type {Record<string, number>} */
      const shown = {};
      for (const { type, value } of clock.formatToParts(ms)) shown[type] = Number(value);
      const { year: y, month, day: d, hour, minute } = shown;
      return Date.UTC(y, month - 1, d, hour, minute) / 1000 - Math.floor(ms / 60_000) * 60;
    },
    span_hours: (hours) =>
      new Intl.NumberFormat(texts_lang, { style: "unit", unit: "hour" }).format(hours),
    span(seconds) {
      const [unit, size] = seconds >= DAY_SECONDS
        ? ["day", DAY_SECONDS]
        : seconds >= 3_600 ? ["hour", 3_600] : ["minute", 60];
      return new Intl.NumberFormat(texts_lang, { style: "unit", unit, maximumFractionDigits: 1 })
        .format(seconds / size);
    },
    list: (texts) => list.format(texts),
    age(ms) {
      const seconds = Math.max(0, Math.round(ms / 1000));
      if (seconds < 60) return relative.format(-seconds, "second");
      if (seconds < 5400) return relative.format(-Math.round(seconds / 60), "minute");
      if (seconds < 129_600) return relative.format(-Math.round(seconds / 3600), "hour");
      return relative.format(-Math.round(seconds / 86_400), "day");
    },
    unit: (unit) => {
      if (!CURRENCY.test(unit)) return unit;
      const name = currency_names.of(unit);
      return name && name !== unit ? `${name} (${unit})` : unit;
    },
  };
}

/**
 * The exact decimal of an integer of minor units, as text: a double could not hold every sum.
 * @type {(minor: number, exponent: number) => Intl.StringNumericLiteral}
 */
function decimalText(minor, exponent) {
  const digits = String(Math.abs(Math.trunc(minor))).padStart(exponent + 1, "0");
  const whole = digits.slice(0, digits.length - exponent);
  const text = exponent === 0 ? whole : `${whole}.${digits.slice(-exponent)}`;
  return /** @type {Intl.StringNumericLiteral} */ (minor < 0 ? `-${text}` : text);
}

/**
 * With a minus, where the browser writes a hyphen; and with "US$" kept together at the end of what is
 * read from the right.
 * @type {(text: string) => string}
 */
function polish(text) {
  return text.replace("-", "\u2212").replace(/[A-Z]\p{Sc}$/u, "$&\u200e");
}
