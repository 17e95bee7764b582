/** The answer of a stored query: rows with a figure each, or one number. Made for each name that is asked for. */
import { make, makeSection, setData, setHidden, setText } from "../dom.js";
import { fitsScreen } from "../layout.js";
import { describeAnswer, readRows } from "../query_panels.js";
import { safeText } from "../safe_text.js";
import { FIGURES_EVERY_MS } from "./beat.js";
import { chooseRoom, createRoom } from "./list_room.js";
import { pageAt } from "./pages.js";
import { createQueryRow, writeCell } from "./query_row.js";
import { createRows } from "./rows.js";
import { createTurning } from "./turning.js";

const ROOM = { least: 3.1, most: 6.2, scrolled: 20, column: 29 };
const OVERLAY_ROOM = { least: 3.1, most: 5, scrolled: 4, column: 20 };
const STRIP_ROOM = { least: 3, most: 4, scrolled: 4, column: 13 };
const FAR_ROOM = { least: 6, most: 9, scrolled: 20 };
const MOST_ALONE = 10;
// The server tells a screen that comes all panels at once: what is missing later does not exist.
const PATIENCE_MS = 2_000;
const NAME = /^query-([a-z][a-z0-9_-]{0,62})$/;
const MOST = 8;

/** @type {Map<string, import("../types.js").PanelKind>} */
const kinds = new Map();

/**
 * The panels of stored queries among names, as addresses have them: `query-` and the query's name.
 * @type {(names: string[]) => import("../types.js").PanelKind[]}
 */
export function queryPanels(names) {
  return [...new Set(names.filter((name) => NAME.test(name)))].slice(0, MOST).map((name) => {
    const kind = kinds.get(name) ?? makeKind(name);
    kinds.set(name, kind);
    return kind;
  });
}

/** @type {(name: string) => string} the stored query of a panel */
export function queryOf(name) {
  return name.match(NAME)?.[1] ?? "";
}

/** @type {(name: string) => import("../types.js").PanelKind} */
function makeKind(name) {
  return {
    name,
    place: "details",
    in_overlay: "always",
    every_ms: FIGURES_EVERY_MS,
    create: (language, redraw) => createQuery(name, language, redraw),
  };
}

/**
 * @param {string} name
 * @param {import("../types.js").Language} language
 * @param {() => void} redraw
 * @returns {{section: HTMLElement, draw: import("../types.js").Panel}}
 */
function createQuery(name, { format, t }, redraw) {
  const query = queryOf(name);
  const { section, heading } = makeSection(name);
  section.className = "query";
  const aside = make("p", "aside");
  const [sign, page_text] = [make("span", "sign"), make("span", "page")];
  aside.append(sign, page_text);
  const figure = make("p", "figure");
  figure.dir = "auto";
  const nothing = make("p", "nothing", t("nothing_yet"));
  const list = make("ol", "rows");
  section.append(aside, figure, nothing, list);
  /** @type {import("../types.js").View} */
  let view;
  let drawn_alone = "";
  /** @type {import("../types.js").Colours | null} */
  let drawn_colours = null;
  /** @type {import("../types.js").QueryAnswer | null} */
  let drawn_answer = null;
  let resized = true;
  let is_first = true;
  const room = chooseRoom({ usual: ROOM, overlay: OVERLAY_ROOM, strip: STRIP_ROOM, far: FAR_ROOM });
  const roomFor = createRoom(list, room, () => {
    resized = true;
    redraw();
  });
  const turn = createTurning(list);
  let cents = false;
  const drawRows = createRows(list, createQueryRow({ format, t }, () => ({
    colours: view.colours,
    cents,
  })));

  /** @type {(answer: import("../types.js").QueryAnswer | null) => void} */
  function drawSign(answer) {
    const { state, since_ms } = describeAnswer(answer, view.state, view.server_ms);
    setData(section, "state", state);
    const time = since_ms === null ? "" : format.time(since_ms, view.server_ms);
    const said = state === "loading" ? t("loading_since", { time }) : t("sign_stale", { time });
    setText(sign, state === "live" ? "" : time ? said : t("stale"));
  }

  function drawAside() {
    setHidden(aside, !(sign.textContent || page_text.textContent));
  }

  /** @type {(rows: import("../query_panels.js").QueryRow[]) => void} */
  function drawList(rows) {
    const { alone } = document.body.dataset;
    const most = alone === "1" ? Math.max(MOST_ALONE, room.most) : room.most;
    const whole = roomFor(rows.length, most);
    const pages = fitsScreen() ? Math.max(1, Math.ceil(rows.length / whole.capacity)) : 1;
    // When a list is drawn for the first time, its room is not the one that it will have.
    const page = is_first ? 0 : pageAt(pages, view.server_ms);
    is_first = rows.length === 0;
    // Pages of the same length: none has a single row.
    const length = Math.ceil(rows.length / pages);
    const { columns } = pages > 1 ? roomFor(length, most) : whole;
    setData(list, "pages", pages);
    const text = t("page", { page: format.number(page + 1), pages: format.number(pages) });
    turn(page, () => {
      setData(list, "columns", columns);
      drawRows(rows.slice(page * length, (page + 1) * length), columns);
      setText(page_text, pages > 1 ? text : "");
      drawAside();
    });
  }

  /** @type {(answer: import("../types.js").QueryAnswer | null) => void} */
  function drawAnswer(answer) {
    const is_number = answer?.kind === "number";
    const rows = answer && !is_number ? readRows(answer) : [];
    const exponent = rows[0]?.column?.exponent ?? 0;
    cents = rows.some(({ value }) => (value ?? 0) % 10 ** exponent !== 0);
    setText(heading, safeText(answer?.title ?? "") || query);
    setHidden(figure, !is_number);
    setHidden(list, rows.length === 0);
    setHidden(nothing, !answer || is_number || rows.length > 0);
    if (is_number) {
      const text = writeCell(answer.rows[0]?.[0] ?? null, answer.columns[0], format);
      setText(figure, text);
      figure.style.setProperty("--em", String(Math.max(4, text.length)));
    }
    drawList(rows);
  }

  /** @type {import("../types.js").Panel} */
  function draw(new_view) {
    view = new_view;
    const { state, snapshot } = view;
    const answer = state.panels.find((one) => one.name === query) ?? null;
    const open_ms = view.server_ms - state.clock_offset_ms - state.phase_since_ms;
    const may_come = !answer && (state.phase !== "open" || open_ms < PATIENCE_MS);
    setHidden(section, !snapshot || may_come);
    if (section.hidden) return;
    drawSign(answer);
    const { alone = "" } = document.body.dataset;
    const is_same = answer === drawn_answer && alone === drawn_alone && state.colours === drawn_colours;
    const may_turn = Number(list.dataset.pages ?? 1) > 1;
    if (!is_same || resized || may_turn) {
      [drawn_answer, drawn_alone, drawn_colours, resized] = [answer, alone, state.colours, false];
      drawAnswer(answer);
    }
    drawAside();
  }

  return { section, draw };
}
