const context = document.createElement("canvas").getContext("2d");

/**
 * How wide a text is in the element's font, per pixel of font size. Every digit counts as a zero:
 * figures are tabular, and the result must not change while they run.
 * @type {(text: string, element: HTMLElement) => number}
 */
export function widthInEm(text, element) {
  if (!context || text === "") return text.length * 0.6;
  const { fontFamily, fontWeight } = getComputedStyle(element);
  context.font = `${fontWeight} 100px ${fontFamily}`;
  return context.measureText(text.replace(/\p{Nd}/gu, (digit) => zeroOf(digit))).width / 100;
}

/** @type {(digit: string) => string} the zero of the digit's own script */
function zeroOf(digit) {
  if (digit >= "\u0660" && digit <= "\u0669") return "\u0660";
  if (digit >= "\u06f0" && digit <= "\u06f9") return "\u06f0";
  return digit <= "9" ? "0" : digit;
}
