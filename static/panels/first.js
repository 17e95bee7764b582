/** While nothing has been given, a wall shows where to give in place of empty lists. */
import { byId, make, makeOnly, setData, setHidden, setText } from "../dom.js";
import { fitsScreen } from "../layout.js";
import { ALL } from "../totals.js";

/** @type {(language: import("../types.js").Language) => import("../types.js").Panel} */
export function createFirst({ t }) {
  const box = makeOnly("div", "first");
  const code = make("img", "code");
  code.alt = "";
  const text = make("p");
  const address = make("p", "address");
  address.dir = "ltr";
  const lines = make("div");
  lines.append(text, address);
  box.append(code, lines);
  byId("details").append(box);
  let drawn = "";

  return ({ snapshot }) => {
    const is_empty = snapshot !== null && isEmpty(snapshot) && fitsScreen()
      && document.body.dataset.place !== "overlay" && document.body.dataset.place !== "strip";
    setData(document.body, "empty", is_empty ? "1" : "0");
    setHidden(box, !is_empty);
    if (!is_empty) return;
    setText(text, t(snapshot.words?.item ? "nothing_yet" : "nothing_given_yet"));
    // The code that is there already, larger.
    const panel = document.querySelector("#give-panel:not([hidden])");
    const source = panel?.querySelector(".code:not([hidden])")?.getAttribute("src") ?? "";
    setData(box, "code", source ? "1" : "0");
    setText(address, panel ? (snapshot.donate_address ?? "") : "");
    setHidden(address, address.textContent === "");
    setHidden(code, source === "");
    if (source && source !== drawn) code.src = drawn = source;
  };
}

/** @type {(snapshot: import("../types.js").Snapshot) => boolean} sides of a contest are worth seeing at 0 */
function isEmpty({ contest, totals, rest, ticker }) {
  return !contest && !rest && (totals[ALL]?.count ?? 0) === 0
    && Object.keys(totals).every((group) => group === ALL) && !ticker?.items.length;
}
