/** One bar per group, the largest on top. */
import { make, makeOnly, makeSection, setData, setHidden, setText } from "../dom.js";
import { COUNT } from "../measure.js";
import { safeText } from "../safe_text.js";
import { listBars } from "../totals.js";
import { FIGURES_EVERY_MS } from "./beat.js";
import { chooseRoom, createRoom } from "./list_room.js";
import { createRows } from "./rows.js";
import { nameHeading } from "../words.js";

const ROOM = { least: 3.1, most: 6.2, scrolled: 12, column: 29 };
const OVERLAY_ROOM = { least: 3.1, most: 5, scrolled: 4, column: 20 };
const STRIP_ROOM = { least: 3, most: 4, scrolled: 4, column: 13 };
const FAR_ROOM = { least: 6, most: 7.5, scrolled: 12 };
const MOST_ALONE = 10;

/** @type {import("../types.js").PanelKind} */
export const bars = {
  name: "bars",
  place: "details",
  in_overlay: "instead",
  every_ms: FIGURES_EVERY_MS,
  create: createBars,
};

/** @type {import("../types.js").PanelKind["create"]} */
function createBars({ format, t, items }, redraw) {
  const { section, heading } = makeSection("bars");
  const list = makeOnly("ol", "bars");
  list.className = "rows";
  /** @type {import("../types.js").View} */
  let view;
  /** @type {import("../types.js").View["snapshot"]} */
  let drawn = null;
  let resized = true;
  /** @type {string | undefined} */
  let drawn_alone;
  const nothing = make("p", "nothing", t("nothing_yet"));
  section.append(nothing, list);
  const room = chooseRoom({ usual: ROOM, overlay: OVERLAY_ROOM, strip: STRIP_ROOM, far: FAR_ROOM });
  const roomFor = createRoom(list, room, () => {
    resized = true;
    redraw();
  });

  const drawRows = createRows(list, {
    key: (/** @type {import("../totals.js").Bar} */ bar) => (bar.folded ? "rest" : `g${bar.group}`),
    build(row) {
      const name = make("span", "name");
      name.dir = "auto";
      const [amount, track, fill, meta] = ["amount", "track", "fill", "meta"].map((part) =>
        make("span", part),
      );
      track.append(fill);
      row.append(name, amount, track, meta);
      return { name, amount, fill, meta };
    },
    fill({ name, amount, fill, meta }, bar, row) {
      if (bar.folded) {
        setData(row, "rest", bar.folded);
        setText(name, t("more", { count: format.number(bar.folded) }, bar.folded));
      } else {
        setData(row, "group", bar.group);
        setText(name, safeText(bar.group) || t("no_name"));
      }
      setData(row, "value", bar.value);
      setData(row, "count", bar.count);
      setData(row, "colour", bar.folded ? "rest" : (view.colours.get(bar.group) ?? 0));
      setText(amount, format.amount(bar.value, view.measure, view.state.fractional));
      const donations = items(view.snapshot?.words, bar.count);
      setText(meta, [
        ...(view.measure.name === COUNT.name ? [] : [donations]),
        ...(bar.share === null ? [] : [format.percent(bar.share)]),
      ].join(" · "));
      setData(row, "negative", bar.length < 0 ? "1" : "0");
      fill.style.setProperty("--part", Math.abs(bar.length).toFixed(3));
    },
  });

  /** @type {import("../types.js").Panel} */
  function draw(new_view) {
    view = new_view;
    const { snapshot, measure } = view;
    const groups = snapshot
      ? Object.keys(snapshot.totals).length - 1 + (snapshot.rest ? 1 : 0)
      : 0;
    setHidden(section, !snapshot);
    setHidden(nothing, groups > 0);
    const { alone } = document.body.dataset;
    const is_same = snapshot?.totals === drawn?.totals && snapshot?.rest === drawn?.rest;
    if (!snapshot || (is_same && alone === drawn_alone && !resized)) return;
    drawn_alone = alone;
    drawn = snapshot;
    resized = false;
    setData(list, "measure", measure.name);
    setText(heading, nameHeading("groups", snapshot, t));
    const { capacity, columns } = roomFor(groups, alone === "1" ? MOST_ALONE : room.most);
    drawRows(listBars(snapshot, measure, capacity), columns);
  }

  return { section, draw };
}
