/** Thanks for a single gift: a card that never lies over the total. */
import { byId, setData, setHidden, setText } from "../dom.js";
import { safeText } from "../safe_text.js";
import { chooseThank } from "../thanks.js";
import { placeThanks } from "./thanks_place.js";

const SHOWN_MS = 8_000;
// While others wait.
const SHORT_MS = 5_000;

/**
 * `play` is called as a card comes.
 * @type {(language: import("../types.js").Language, play: () => void, redraw: () => void)
 *   => import("../types.js").Panel}
 */
export function createThanks({ format, t }, play, redraw) {
  const box = byId("thanks");
  const [amount, title, comment] = ["thanks-amount", "thanks-title", "thanks-comment"].map(byId);
  /** @type {Set<number>} */
  const done = new Set();
  /** @type {number | null} */
  let shown = null;
  let began_ms = 0;
  let timer = 0;

  function end() {
    shown = null;
    setHidden(box, true);
    delete box.dataset.id;
  }

  /** Shows the card, once all else is drawn: until then the page has another layout. */
  function come() {
    if (shown === null || !placeThanks(box)) return end();
    setHidden(box, false);
    play();
    timer = setTimeout(redraw, SHORT_MS);
  }

  /** @type {(thank: import("../types.js").Thank, view: import("../types.js").View) => void} */
  function write(thank, { snapshot, colours }) {
    const measure = snapshot?.measures.find(({ name }) => name === snapshot.thanks?.measure);
    if (!measure) return;
    const name = safeText(thank.name);
    setData(box, "id", thank.id);
    setData(box, "group", thank.group ?? "");
    setData(box, "colour", thank.group === null ? "rest" : (colours.get(thank.group) ?? "rest"));
    setText(amount, format.amount(thank.amount, measure));
    setText(title, name ? t("thanks_name", { name }) : t("thanks"));
    setText(comment, safeText(thank.comment));
    setHidden(comment, comment.textContent === "");
  }

  return (view) => {
    const { snapshot, state, server_ms, rush, trust } = view;
    const { waiting } = state.thanks;
    for (const id of done) if (!waiting.some((one) => one.id === id)) done.delete(id);
    const current = waiting.find(({ id }) => id === shown);
    if (shown !== null && !current) end();
    if (current) {
      const others = waiting.some(({ id }) => !done.has(id));
      if (performance.now() - began_ms < (others ? SHORT_MS : SHOWN_MS)) {
        write(current, view);
        return;
      }
      end();
    }
    // One thing at a time; and while figures may be old, nothing new is said.
    if (!snapshot?.thanks || !trust.live || !byId("celebration").hidden) return;
    const next = chooseThank(waiting, done, snapshot, rush, server_ms);
    if (!next) return;
    // In a rush the others are not made up for later.
    for (const { id } of rush ? waiting : [next]) done.add(id);
    shown = next.id;
    began_ms = performance.now();
    write(next, view);
    clearTimeout(timer);
    timer = setTimeout(come, 0);
  };
}
