/** The groups: a bar for each, the largest on top; page by page where they are many; two face to face. */
import { make, makeOnly, makeSection, setData, setHidden, setText } from "../dom.js";
import { fitsScreen } from "../layout.js";
import { haveCents } from "../measure.js";
import { noteRanks, rankMove } from "../ranks.js";
import { listBars, pageBars, rankBars } from "../totals.js";
import { nameHeading } from "../words.js";
import { createBarRow } from "./bar_row.js";
import { FIGURES_EVERY_MS } from "./beat.js";
import { describeLead } from "./lead.js";
import { chooseRoom, createRoom } from "./list_room.js";
import { pageAt } from "./pages.js";
import { createRows } from "./rows.js";
import { createTurning } from "./turning.js";
import { createVersus, isVersus } from "./versus.js";

/** @typedef {import("../totals.js").Bar} Bar */

const ROOM = { least: 3.1, most: 6.2, scrolled: 12, column: 29 };
const OVERLAY_ROOM = { least: 3.1, most: 5, scrolled: 4, column: 20 };
const STRIP_ROOM = { least: 3, most: 4, scrolled: 4, column: 13 };
const FAR_ROOM = { least: 6, most: 9, scrolled: 12 };
const MOST_ALONE = 10;
// So few groups fill their room with larger rows.
const FEW = { usual: 2, alone: 3 };
const MOST_OF_FEW = { usual: 8.6, alone: 20 };
// A few groups too many are one row; pages are for teams.
const PAGED_FROM = 2;
// Who leads is on every page: three where there is room for them.
const LEADERS = 3;
const LEADERS_FROM = 9;

/** @type {import("../types.js").PanelKind} */
export const bars = {
  name: "bars",
  place: "details",
  in_overlay: "instead",
  every_ms: FIGURES_EVERY_MS,
  create: createBars,
};

/** @type {import("../types.js").PanelKind["create"]} */
function createBars(language, redraw) {
  const { format, t } = language;
  const { section, heading } = makeSection("bars");
  const list = makeOnly("ol", "bars");
  list.className = "rows";
  const aside = make("p", "aside");
  const [lead, page_text] = [make("span", "lead"), make("span", "page")];
  aside.append(lead, page_text);
  const nothing = make("p", "nothing", t("nothing_yet"));
  const versus = createVersus(language);
  section.append(aside, nothing, versus.box, list);
  /** @type {import("../types.js").View} */
  let view;
  /** @type {import("../types.js").View["snapshot"]} */
  let drawn = null;
  let resized = true;
  /** @type {string | undefined} */
  let drawn_alone;
  let cents = false;
  /** @type {import("../ranks.js").Sample[]} */
  let samples = [];
  const room = chooseRoom({ usual: ROOM, overlay: OVERLAY_ROOM, strip: STRIP_ROOM, far: FAR_ROOM });
  const roomFor = createRoom(list, room, () => {
    resized = true;
    redraw();
  });
  const drawRows = createRows(list, createBarRow(language, () => ({
    view,
    cents,
    move: moveOf,
  })));

  const turn = createTurning(list);

  /** @type {(bar: Bar) => number} */
  function moveOf({ group, rank }) {
    return rankMove(samples, group, rank);
  }

  /** @type {(snapshot: import("../types.js").Snapshot, ranked: Bar[]) => void} */
  function drawList(snapshot, ranked) {
    const groups = ranked.length + (snapshot.rest ? 1 : 0);
    const company = document.body.dataset.alone === "1" ? "alone" : "usual";
    const are_few = room === ROOM && groups <= FEW[company];
    setData(list, "few", are_few ? "1" : "0");
    const usual = company === "alone" ? MOST_ALONE : room.most;
    const most = are_few ? MOST_OF_FEW[company] : usual;
    const { capacity, columns } = roomFor(groups, most);
    const is_paged = fitsScreen() && groups > capacity * (snapshot.contest ? 1 : PAGED_FROM);
    const leaders = capacity >= LEADERS_FROM ? LEADERS : Math.min(1, capacity - 1);
    const pages = is_paged ? Math.ceil((groups - leaders) / (capacity - leaders)) : 1;
    const page = pageAt(pages, view.server_ms);
    setData(list, "pages", pages);
    const rows = is_paged
      ? pageBars(snapshot, view.measure, leaders, capacity - leaders, page)
      : listBars(snapshot, view.measure, capacity);
    const text = t("page", { page: format.number(page + 1), pages: format.number(pages) });
    turn(page, () => {
      cents = haveCents(rows.map(({ value }) => value), view.measure);
      setData(list, "columns", columns);
      const numbers = rows.map((row) => (row.folded ? 0 : Math.max(row.rank, Math.abs(moveOf(row)))));
      list.style.setProperty("--digits", String(String(Math.max(0, ...numbers)).length));
      drawRows(rows, columns);
      setText(page_text, is_paged ? text : "");
      setHidden(page_text, !is_paged);
    });
  }

  /** @type {(snapshot: import("../types.js").Snapshot) => void} */
  function drawContest(snapshot) {
    const ranked = rankBars(snapshot, view.measure);
    const is_versus = isVersus(snapshot);
    if (snapshot.contest) {
      if (snapshot.board !== drawn?.board) samples = [];
      const ranks = new Map(ranked.map(({ group, rank }) => [group, rank]));
      samples = noteRanks(samples, ranks, view.server_ms);
    }
    setData(section, "versus", is_versus ? "1" : "0");
    heading.className = is_versus ? "unseen" : ""; // both sides have their names
    setHidden(versus.box, !is_versus);
    setHidden(list, is_versus);
    setText(lead, snapshot.contest && !is_versus ? describeLead(ranked, view, language) : "");
    // A contest has its line before anybody leads: the rows below do not move.
    setHidden(aside, is_versus || !(snapshot.contest || page_text.textContent));
    if (is_versus) {
      const order = snapshot.group_order;
      versus.draw(ranked.sort((a, b) => order.indexOf(a.group) - order.indexOf(b.group)), view);
    } else drawList(snapshot, ranked);
    setHidden(nothing, is_versus || ranked.length > 0 || snapshot.rest !== null);
  }

  /** @type {import("../types.js").Panel} */
  function draw(new_view) {
    view = new_view;
    const { snapshot, measure } = view;
    setHidden(section, !snapshot);
    const { alone } = document.body.dataset;
    const is_same = snapshot?.totals === drawn?.totals && snapshot?.rest === drawn?.rest;
    const may_turn = list.dataset.pages !== "1" && !list.hidden;
    if (!snapshot || (is_same && alone === drawn_alone && !resized && !may_turn)) return;
    drawn_alone = alone;
    resized = false;
    setData(list, "measure", measure.name);
    setData(list, "contest", snapshot.contest ? "1" : "0");
    setText(heading, nameHeading("groups", snapshot, t));
    drawContest(snapshot);
    drawn = snapshot;
  }

  return { section, draw };
}
