/**
 * How far the figures can be trusted: the badge beside the title, and the sign over the figures
 * whenever they may be old.
 */
import { apart } from "../bidi.js";
import { byId, setData, setHidden, setText } from "../dom.js";
import { fileAddress } from "../file_address.js";

// While donations come in, when the last one came is no news, and a text that changes all the time
// is the one restless thing on a wall.
const QUIET_MS = 30_000;
// Days before an event begins it is none either.
const OLD_MS = 24 * 3_600_000;

/** @type {(language: import("../types.js").Language) => import("../types.js").Panel} */
export function createBadge({ format, t }) {
  const badge = byId("connection");
  const text = byId("connection-text");
  const age = byId("age");
  const title = byId("title");
  const sign = byId("sign");
  const sign_text = byId("sign-text");
  const reason = byId("sign-reason");

  /** @type {(why: string, since_ms: number | null) => string} */
  function explain(why, since_ms) {
    const told = sentence(why.replace(TIME, (at) => format.time(Date.parse(at), Date.now())));
    // A reason that tells a time says since when by that.
    if (since_ms === null || told !== sentence(why)) return apart(told);
    return t("sign_since", { reason: told, time: format.time(since_ms, Date.now()) });
  }

  return ({ snapshot, state, trust, now_ms }) => {
    setData(badge, "state", trust.state);
    setData(document.body, "trust", trust.live ? "live" : "old");
    setText(text, t(trust.state));
    const changed_ms = Date.parse(snapshot?.created ?? snapshot?.at ?? "");
    const time = trust.as_of_ms === null ? "–" : format.time(trust.as_of_ms, Date.now());
    const is_file = fileAddress() !== "";
    const quiet_ms = now_ms - changed_ms;
    const is_known = trust.live && (is_file || isNews(quiet_ms));
    const known = () =>
      is_file ? t("as_of", { time }) : t("changed", { age: format.age(quiet_ms) });
    setText(age, is_known ? known() : "");
    setHidden(age, !is_known);
    // The event's name is worth more.
    if (is_known && isCut(title)) setHidden(age, true);
    setHidden(sign, trust.live);
    setText(sign_text, trust.state === "live"
      ? ""
      : t(`sign_${trust.state}`, { time, board: state.board }));
    setText(reason, trust.reason ? explain(trust.reason, trust.since_ms) : "");
    setHidden(reason, !trust.reason);
  };
}

/** @type {(age_ms: number) => boolean} */
function isNews(age_ms) {
  return age_ms >= QUIET_MS && age_ms < OLD_MS;
}

/** @type {(one: HTMLElement) => boolean} */
function isCut(one) {
  // Letters may be taller than their line; a line more is at least a half of two.
  return one.scrollWidth > one.clientWidth || one.scrollHeight > one.clientHeight * 1.3;
}

// The server's times, as a reason has them.
const TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g;

/** @type {(text: string) => string} */
function sentence(text) {
  const whole = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(whole) ? whole : `${whole}.`;
}
