const MARKS_PER_LETTER = 3;
const PLAIN = /^[!-~]+( [!-~]+)*$/;
// What the eye takes for a blank, though Unicode has some of it as letters.
const BLANK = /^[\s\u115f\u1160\u2800\u3164\uffa0]$/;
// Controls, directions and other formats, private use, halves of pairs, and what fonts ignore.
const UNSEEN = /^[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u034f\u17b4\u17b5\u180b-\u180f\ufe00-\ufe0f\u{e0000}-\u{e0fff}]$/u;
const MARK = /^\p{M}$/u;
const PICTURE = /^[\p{Extended_Pictographic}\p{Emoji_Modifier}]$/u;
// Persian and the scripts of India spell with joiners.
const JOINS = /^[\p{Script=Arabic}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Gurmukhi}\p{Script=Gujarati}\p{Script=Oriya}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Kannada}\p{Script=Malayalam}\p{Script=Sinhala}\p{Script=Khmer}\p{Script=Mongolian}]$/u;
const EMOJI_STYLE = "\ufe0f";

/**
 * A donor's words as they can be shown: in normal form, without what cannot be seen or turns the
 * text around, and with so few marks on a letter that they stay in its line. May be empty.
 * @type {(text: string) => string}
 */
export function safeText(text) {
  if (PLAIN.test(text)) return text;
  const characters = [...text.normalize("NFC")];
  let safe = "";
  let before = ""; // the last character that was kept
  let letter = ""; // the last one that is no mark
  let marks = 0;
  characters.forEach((character, place) => {
    if (BLANK.test(character)) {
      if (safe !== "" && before !== " ") safe += before = letter = " ";
    } else if (UNSEEN.test(character)) {
      if (!isNeeded(character, before, letter, characters[place + 1] ?? "")) return;
      safe += character;
      if (character !== EMOJI_STYLE) before = character;
    } else if (MARK.test(character)) {
      marks += 1;
      if (letter === "" || letter === " " || marks > MARKS_PER_LETTER) return;
      safe += before = character;
    } else {
      safe += before = letter = character;
      marks = 0;
    }
  });
  return before === " " ? safe.slice(0, -1) : safe;
}

/**
 * Whether a character that cannot be seen joins its neighbours, as in emoji and some scripts.
 * @type {(character: string, before: string, letter: string, after: string) => boolean}
 */
function isNeeded(character, before, letter, after) {
  if (character === EMOJI_STYLE) return /^[0-9#*]$/.test(before) || PICTURE.test(before);
  if (character !== "\u200c" && character !== "\u200d") return false;
  if (character === "\u200d" && PICTURE.test(before) && PICTURE.test(after)) return true;
  return JOINS.test(letter) && JOINS.test(after);
}
