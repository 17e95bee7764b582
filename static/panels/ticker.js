/** The latest donations, with the attributes that the board allows. */
import { apart } from "../bidi.js";
import { make, makeOnly, makeSection, setData, setHidden, setText } from "../dom.js";
import { safeText } from "../safe_text.js";
import { chooseRoom, createRoom } from "./list_room.js";
import { createRows } from "./rows.js";
import { nameHeading } from "../words.js";

const ROOM = { least: 3, most: 4.4, scrolled: 8 };
const EVERY_MS = 1_000;
const RUSH_EVERY_MS = 4_000;
// A donor's clock may be ahead by that much.
const AHEAD_MS = 60_000;
const STRIP_ROOM = { least: 1.8, most: 2, scrolled: 1 };
const FAR_ROOM = { least: 6, most: 7.5, scrolled: 8 };
const OVERLAY_ROOM = { least: 2.7, most: 3.6, scrolled: 3 };

/** @type {import("../types.js").PanelKind} */
export const ticker = {
  name: "ticker",
  place: "details",
  in_overlay: "always",
  every_ms: EVERY_MS,
  create: createTicker,
};

/** @type {import("../types.js").PanelKind["create"]} */
function createTicker({ format, t }, redraw) {
  const { section, heading } = makeSection("ticker", t("latest"));
  const list = makeOnly("ol", "ticker");
  list.className = "rows";
  const nothing = make("p", "nothing", t("nothing_given_yet"));
  section.append(nothing, list);
  /** @type {import("../types.js").View} */
  let view;
  /** @type {import("../types.js").Ticker | null} */
  let drawn = null;
  let drawn_hour = 0;
  let drawn_at_ms = -Infinity;
  let resized = true;
  const room = chooseRoom({ usual: ROOM, overlay: OVERLAY_ROOM, strip: STRIP_ROOM, far: FAR_ROOM });
  const roomFor = createRoom(list, room, () => {
    resized = true;
    redraw();
  });

  const drawRows = createRows(list, {
    falls: true,
    key: (/** @type {import("../types.js").TickerItem} */ item) => String(item.id),
    build(row) {
      const text = make("span", "name");
      text.dir = "auto";
      const amount = make("span", "amount");
      const meta = make("span", "meta");
      row.append(text, amount, meta);
      return { text, amount, meta };
    },
    fill({ text, amount, meta }, item, row) {
      const { group, donor, sum, others } = describe(item, view);
      setData(row, "id", item.id);
      setData(row, "colour", group === null ? "rest" : (view.colours.get(group) ?? "rest"));
      setData(row, "group", group ?? "");
      const way = group === null ? (others.shift() ?? "") : safeText(group) || t("no_name");
      setText(text, donor || way);
      setText(amount, sum);
      // Who gave is read first, and the time last.
      const more = donor ? [way, ...others, timeOf(item)] : [timeOf(item), ...others];
      setText(meta, more.filter(Boolean).map(apart).join(" · "));
    },
  });

  /**
   * What is dated later than it came is so by mistake: its date says so.
   * @type {(item: import("../types.js").TickerItem) => string}
   */
  function timeOf({ at_ms, seen_ms = at_ms }) {
    return at_ms - seen_ms > AHEAD_MS
      ? format.time(at_ms, Infinity)
      : format.time(at_ms, view.now_ms);
  }

  /**
   * @param {import("../types.js").TickerItem} item
   * @param {import("../types.js").View} from
   * @returns {{group: string | null, donor: string, sum: string, others: string[]}}
   */
  function describe({ attributes }, { snapshot, measure }) {
    let group = null;
    let donor = "";
    let sum = "";
    const others = [];
    for (const name of snapshot?.ticker?.attributes ?? []) {
      const value = attributes[name];
      if (value === undefined || value === null) continue;
      const summed = snapshot?.measures.find(({ attribute }) => attribute === name);
      if (summed && typeof value === "number") {
        const text = format.amount(value, summed);
        if (summed.name === measure.name || !sum) sum = text;
        else others.push(text);
      } else if (name === snapshot?.group_by) group = String(value);
      else if (name === snapshot?.thanks?.name) donor = safeText(String(value));
      else if (safeText(String(value))) others.push(safeText(String(value)));
    }
    return { group, donor, sum, others };
  }

  /** @type {import("../types.js").Panel} */
  function draw(new_view) {
    view = new_view;
    const ticker = view.snapshot?.ticker ?? null;
    setHidden(section, ticker === null);
    setText(heading, nameHeading("latest", view.snapshot, t));
    setText(nothing, t(view.snapshot?.words?.item ? "nothing_yet" : "nothing_given_yet"));
    setHidden(nothing, ticker?.items.length !== 0);
    // A time gets its date when a day has passed.
    const hour = Math.floor(view.now_ms / 3_600_000);
    // In a rush nobody could read rows that are all replaced each second.
    if (view.rush && performance.now() - drawn_at_ms < RUSH_EVERY_MS && !resized) return;
    if (!ticker || (ticker === drawn && hour === drawn_hour && !resized)) return;
    drawn = ticker;
    drawn_hour = hour;
    drawn_at_ms = performance.now();
    resized = false;
    drawRows(ticker.items.slice(0, roomFor(Math.max(ticker.items.length, 5)).capacity));
  }

  return { section, draw };
}
