/** A text field for SQL: coloured, with Tab and Ctrl-Enter, and still a text field. */
import { make } from "../../static/dom.js";
import { splitSql } from "./shades.js";

const INDENT = "  ";
const [LEAST_LINES, MOST_LINES] = [6, 18];

/**
 * @typedef {object} Editor
 * @property {() => string} read
 * @property {(sql: string) => void} write
 * @property {(text: string) => void} insert at the cursor, as a name
 * @property {(position: number | null) => void} show selects the word at a place
 */

/**
 * @type {(field: HTMLTextAreaElement, shades: HTMLElement, on_change: () => void, on_run: () => void) => Editor}
 */
export function createEditor(field, shades, on_change, on_run) {
  // After Esc, Tab leaves the field, as everywhere else.
  let leaves = false;

  function paint() {
    const lines = field.value.split("\n").length;
    field.rows = Math.min(MOST_LINES, Math.max(LEAST_LINES, lines + 1));
    const parts = splitSql(field.value).map(({ kind, text }) => make("span", kind, text));
    // A last line that is empty has a height only with a character.
    shades.replaceChildren(...parts, "\n");
    shades.scrollTop = field.scrollTop;
  }

  function change() {
    paint();
    on_change();
  }

  /**
   * Replaces a part so that Ctrl-Z brings it back.
   * @type {(from: number, to: number, text: string) => void}
   */
  function replace(from, to, text) {
    field.focus();
    field.setSelectionRange(from, to);
    const command = text === "" ? "delete" : "insertText";
    if (document.execCommand(command, false, text)) return;
    field.setRangeText(text, from, to, "end");
    change();
  }

  /** @type {(back: boolean) => void} */
  function indent(back) {
    const { selectionStart: from, selectionEnd: to, value } = field;
    if (from === to && !back) {
      replace(from, to, INDENT);
      return;
    }
    const begin = value.lastIndexOf("\n", from - 1) + 1;
    const lines = value.slice(begin, to).split("\n");
    const moved = lines.map((line) => (back ? line.replace(/^ {1,2}/, "") : INDENT + line)).join("\n");
    if (moved === value.slice(begin, to)) return;
    replace(begin, to, moved);
    field.setSelectionRange(from === to ? begin + moved.length : begin, begin + moved.length);
  }

  field.addEventListener("input", change);
  field.addEventListener("scroll", () => (shades.scrollTop = field.scrollTop));
  field.addEventListener("blur", () => (leaves = false));
  field.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      on_run();
    } else if (event.key === "Tab" && !leaves && !event.ctrlKey && !event.altKey && !event.metaKey) {
      event.preventDefault();
      indent(event.shiftKey);
    } else if (event.key !== "Shift") {
      leaves = event.key === "Escape" || (leaves && event.key === "Tab");
    }
  });
  paint();

  return {
    read: () => field.value,
    write: (sql) => {
      field.value = sql;
      field.scrollTop = 0;
      paint();
    },
    insert: (text) => {
      const before = field.value.slice(0, field.selectionStart);
      const gap = /[\w")]$/.test(before) ? ", " : "";
      replace(field.selectionStart, field.selectionEnd, gap + text);
    },
    show: (position) => {
      if (position === null) return;
      const word = /^[\w.$"']+/.exec(field.value.slice(position));
      field.focus();
      field.setSelectionRange(position, position + (word?.[0].length ?? 1));
    },
  };
}
