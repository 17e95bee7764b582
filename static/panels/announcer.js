/** Tells a screen reader the total, politely and not too often. */
import { byId, setText } from "../dom.js";
import { ALL } from "../totals.js";

const EVERY_MS = 10_000;

/** @type {(language: import("../types.js").Language) => import("../types.js").Panel} */
export function createAnnouncer({ format, t, items }) {
  const announcer = byId("announcer");
  let said_ms = -Infinity;

  return ({ snapshot, state, measure }) => {
    if (!snapshot || performance.now() - said_ms < EVERY_MS) return;
    const all = snapshot.totals[ALL] ?? {};
    const total = format.amount(all[measure.name] ?? 0, measure, state.fractional);
    const count = all.count ?? 0;
    const donations = items(snapshot.words, count);
    const text = measure.name === "count" ? donations : t("said", { total, donations });
    if (text === announcer.textContent) return;
    said_ms = performance.now();
    setText(announcer, text);
  };
}
