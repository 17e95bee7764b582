/** Two sides face to face: their shares, their sums, and one way that they divide between them. */
import { make, makeOnly, setData, setHidden, setText } from "../dom.js";
import { haveCents } from "../measure.js";
import { safeText } from "../safe_text.js";
import { describeLead } from "./lead.js";

/** @typedef {import("../totals.js").Bar} Bar */

/**
 * Whether the board names two groups, and there are no others.
 * @type {(snapshot: import("../types.js").Snapshot) => boolean}
 */
export function isVersus({ contest, group_order, totals, rest }) {
  if (!contest || group_order.length !== 2 || rest) return false;
  return Object.keys(totals).every((group) => group === "ALL" || group_order.includes(group));
}

/**
 * @type {(language: import("../types.js").Language)
 *   => {box: HTMLElement, draw: (bars: Bar[], view: import("../types.js").View) => void}}
 */
export function createVersus(language) {
  const { format, t } = language;
  const box = makeOnly("div", "versus");
  const sides = ["first", "second"].map((which) => {
    const side = make("div", `side ${which}`);
    const [name, share, sum] = ["name", "share", "sum"].map((part) => make("p", part));
    name.dir = "auto";
    side.append(name, share, sum);
    return { side, name, share, sum };
  });
  const way = make("div", "way");
  const parts = sides.map(({ side }) => {
    const part = make("span", side.className.replace("side", "part"));
    way.append(part);
    return part;
  });
  const lead = make("p", "lead");
  box.append(sides[0].side, sides[1].side, way, lead);

  /** @type {(bars: Bar[], view: import("../types.js").View) => void} `bars` in the board's order */
  function draw(bars, view) {
    const { measure, colours } = view;
    const cents = haveCents(bars.map(({ value }) => value), measure);
    const whole = bars.reduce((sum, { value }) => sum + Math.max(0, value), 0);
    const most = Math.max(...bars.map(({ value }) => value));
    const first_share = whole > 0 ? Math.max(0, bars[0].value) / whole : 0.5;
    // Both are rounded so that they make 100 %, and only all is 100 %.
    const percent = first_share > 0 && first_share < 1
      ? Math.min(99, Math.max(1, Math.round(first_share * 100))) / 100
      : first_share;
    bars.forEach((bar, place) => {
      const { side, name, share, sum } = sides[place];
      for (const element of [side, parts[place]]) {
        setData(element, "group", bar.group);
        setData(element, "colour", colours.get(bar.group) ?? place);
      }
      setData(side, "value", bar.value);
      setData(side, "leads", bar.value === most && bars[1 - place].value < most ? "1" : "0");
      setText(name, safeText(bar.group) || t("no_name"));
      setText(share, whole > 0 ? format.percent(place === 0 ? percent : 1 - percent) : "\u2013");
      setText(sum, format.amount(bar.value, measure, cents));
    });
    way.style.setProperty("--share", first_share.toFixed(4));
    setText(lead, describeLead([...bars].sort((a, b) => b.value - a.value), view, language));
    setHidden(lead, lead.textContent === "");
  }

  return { box, draw };
}
