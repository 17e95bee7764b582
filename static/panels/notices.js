/** What is told beside the figures for a while: a rehearsal, time left, and a promise that doubles gifts. */
import { byId, make, setHidden, setText } from "../dom.js";
import { safeText } from "../safe_text.js";
import { describeTimeLeft } from "../time_left.js";

/** @type {(language: import("../types.js").Language) => import("../types.js").Panel} */
export function createNotices(language) {
  const { format, t } = language;
  const left = byId("time-left");
  const match = byId("match");
  const promise = make("span", "promise");
  promise.dir = "auto";
  const aside = make("span", "aside");
  match.append(promise, " ", aside);
  // There is no room for all of it in letters of that size.
  const is_far = document.documentElement.dataset.far === "1";

  return ({ snapshot, server_ms }) => {
    const ends = snapshot?.ends ?? null;
    const told_left = ends === null ? "" : describeTimeLeft(Date.parse(ends) - server_ms, language);
    const text = [snapshot?.rehearsal ? t("rehearsal") : "", told_left].filter(Boolean).join(" · ");
    setText(left, text);
    setHidden(left, text === "");
    const told = snapshot?.match ?? null;
    const until_ms = Date.parse(told?.until ?? "");
    const is_on = told !== null && !(server_ms >= until_ms);
    setHidden(match, !is_on);
    if (!told || !is_on) return;
    setText(promise, safeText(told.text));
    const until = Number.isNaN(until_ms) || is_far ? [] : [t("until", { time: format.time(until_ms, server_ms) })];
    setText(aside, [...until, t("not_in_total")].join(" · "));
  };
}
