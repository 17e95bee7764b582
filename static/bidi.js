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
 * Apart from the sentence around it, in the direction of its own first letter.
 * @type {(text: string) => string}
 */
export function isolate(text) {
  return text === "" ? "" : `\u2068${text}\u2069`;
}
