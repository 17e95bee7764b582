/**
 * The texts of the display. A text is a sentence with {names}, or one per plural category of {n}.
 *
 * @typedef {string | Partial<Record<Intl.LDMLPluralRule, string>>} Text
 * @typedef {Record<keyof typeof en, Text>} Texts
 * @typedef {(name: keyof typeof en, values?: Record<string, string>, n?: number) => string
 *   } Translate
 */

import { isolate, isolateRtl } from "./bidi.js";
import { ar } from "./texts/ar.js";
import { de } from "./texts/de.js";
import { en } from "./texts/en.js";
import { fr } from "./texts/fr.js";
import { he } from "./texts/he.js";
import { ja } from "./texts/ja.js";

/** @type {[string, Texts][]} */
const WRITTEN = [["en", en], ["de", de], ["fr", fr], ["ar", ar], ["he", he], ["ja", ja]];
const LANGUAGES = new Map(WRITTEN);
const RIGHT_TO_LEFT = ["ar", "he"];

/**
 * A language without texts is given the English ones, from left to right. `locale` is how numbers and
 * times are written then.
 * @type {(lang: string) => {t: Translate, texts_lang: string, dir: "ltr" | "rtl", locale: string}}
 */
export function createTexts(lang) {
  const { language } = new Intl.Locale(lang);
  const texts_lang = LANGUAGES.has(language) ? language : "en";
  /** @type {Texts} */
  const texts = LANGUAGES.get(texts_lang) ?? en;
  const plurals = new Intl.PluralRules(texts_lang);
  const dir = directionOf(texts_lang);
  const putIn = dir === "rtl" ? isolate : isolateRtl;
  return {
    texts_lang,
    dir,
    locale: texts_lang === language ? lang : localeBesideEnglish(lang),
    t(name, values = {}, n = 0) {
      const text = texts[name];
      const chosen = typeof text === "string" ? text : (text[plurals.select(n)] ?? text.other);
      return (chosen ?? "").replace(/\{(\w+)\}/g, (whole, key) =>
        values[key] === undefined ? whole : putIn(values[key]));
    },
  };
}

/** @type {(texts_lang: string) => "ltr" | "rtl"} */
export function directionOf(texts_lang) {
  return RIGHT_TO_LEFT.includes(texts_lang) ? "rtl" : "ltr";
}

/**
 * Numbers of a language in Latin letters read well among English words. Those of others have words,
 * digits and directions of another script in them ("6\u4e07"): they are English too. The hours stay.
 * @type {(lang: string) => string}
 */
function localeBesideEnglish(lang) {
  if (new Intl.Locale(lang).maximize().script === "Latn") return lang;
  const { hourCycle } = new Intl.DateTimeFormat(lang, { hour: "numeric" }).resolvedOptions();
  return `en-u-hc-${hourCycle}`;
}
