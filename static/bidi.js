/** Keeps texts of the other direction in order, where they stand inside a sentence. */

const RIGHT_TO_LEFT = /[\u0590-\u08FF\u200F\u061C\uFB1D-\uFDFF\uFE70-\uFEFC]/;

/**
 * A value in a sentence from left to right: apart, if a part of it goes the other way.
 * @type {(text: string) => string}
 */
export function isolateRtl(text) {
  return RIGHT_TO_LEFT.test(text) ? isolate(text) : text;
}

/**
 * A value as one, beside others on the page, in whichever direction the page is.
 * @type {(text: string) => string}
 */
export function apart(text) {
  return document.documentElement.dir === "rtl" ? isolate(text) : isolateRtl(text);
}

/**
 * From right to left as one, though it may begin with a figure or with a mark of direction.
 * @type {(text: string) => string}
 */
export function isolateAsRtl(text) {
  return text === "" ? "" : `\u2067${text}\u2069`;
}

/**
 * Apart from the sentence around it, in the direction of its own first letter.
 * @type {(text: string) => string}
 */
export function isolate(text) {
  return text === "" ? "" : `\u2068${text}\u2069`;
}
