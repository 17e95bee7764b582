/** Puts the parts together: connection → state → panels. */
import { stayAwake } from "./awake.js";
import { openConnection } from "./connection.js";
import { byId, markStarted, setData, setHidden, setText } from "./dom.js";
import { createFormat } from "./format.js";
import { keepFigures, recallFigures } from "./keepsake.js";
import { placeKind, watchPlace } from "./layout.js";
import { createLook } from "./look.js";
import { mainMeasure } from "./measure.js";
import { choosePanels, readOptions } from "./options.js";
import { createPanelSet } from "./panel_set.js";
import { createPainter } from "./painter.js";
import { pace } from "./pace.js";
import { createAbout } from "./panels/about.js";
import { createAnnouncer } from "./panels/announcer.js";
import { createBadge } from "./panels/badge.js";
import { FIGURES_EVERY_MS } from "./panels/beat.js";
import { createCelebration } from "./panels/celebration.js";
import { PANELS } from "./panels/index.js";
import { createNotices } from "./panels/notices.js";
import { createPin } from "./panels/pin.js";
import { createSwitcher } from "./panels/switcher.js";
import { createThanks } from "./panels/thanks.js";
import { hideIdlePointer } from "./pointer.js";
import { refreshPage, reloadSoon } from "./refresh.js";
import { createRush } from "./rush.js";
import { createSound } from "./sound.js";
import { initialState, reduce } from "./state.js";
import { createTexts } from "./texts.js";
import { describeTrust } from "./trust.js";
import { createItems } from "./words.js";

// Four drawings a second are as good as twenty for the eye, and leave a weak machine its rest.
const DRAW_EVERY_MS = 250;
const CLOCK_EVERY_MS = 1_000;
const KEEP_EVERY_MS = 10_000;

const options = readOptions(location.search, navigator.languages);
const { t, dir, texts_lang } = createTexts(options.lang);
const format = createFormat(options.lang, texts_lang);
const language = { format, t, items: createItems(options.lang, { format, t }) };
document.documentElement.lang = texts_lang;
document.documentElement.dir = dir;
document.documentElement.dataset.overlay = options.overlay ? "1" : "0";
watchPlace();

let state = initialState(options.board, Date.now());
/** @type {import("./connection.js").Connection | null} */
let connection = null;
/** @type {{of: import("./types.js").State["colours"], places: Map<string, number>}} */
let colours = { of: [], places: new Map() };

const rush = createRush();
setText(byId("sound-off"), t("sound_off"));
const play = createSound(options.volume, byId("sound-off"));
const requestDraw = createPainter(draw, DRAW_EVERY_MS);

const asked_panels = choosePanels(location.search, PANELS, options.overlay);
const drawPanelSet = createPanelSet(language, requestDraw, options.overlay);
const panels = [
  createLook(options.theme),
  createBadge(language),
  createSwitcher(language, chooseBoard),
  createAbout(language),
  createPin(),
  createNotices(language),
  drawPanels,
  createAnnouncer(language),
  // Not before the figure.
  pace(createCelebration(language, () => play("milestone")), FIGURES_EVERY_MS, requestDraw),
  createThanks(language, () => play("thanks"), requestDraw),
];

/** @type {import("./types.js").Panel} */
function drawPanels(view) {
  drawPanelSet(obeyCrew(asked_panels, view.state.control?.panels ?? null), view);
}

/**
 * The panels that the crew wants on the walls. A phone is somebody's own, and an overlay is a part of
 * a picture that was composed for what its address says.
 * @type {(asked: import("./types.js").PanelKind[], wanted: string[] | null)
 *   => import("./types.js").PanelKind[]}
 */
function obeyCrew(asked, wanted) {
  if (!wanted || ["phone", "overlay"].includes(document.body.dataset.place ?? "")) return asked;
  const kinds = PANELS.filter(({ name }) => wanted.includes(name));
  return kinds.length > 0 ? kinds : asked;
}

/** @type {(event: import("./types.js").StateEvent) => void} */
function dispatch(event) {
  state = reduce(state, event);
  if (event.type === "update") rush.note(performance.now());
  if (state.out_of_step) connection?.reopen();
  if (state.reload_asked) void reloadSoon(() => keepFigures(state));
  if (state.page_changed) void refreshPage(() => keepFigures(state));
  requestDraw();
}

function draw() {
  const now_ms = Date.now();
  const trust = describeTrust(state, now_ms);
  const { snapshot } = state;
  const server_ms = now_ms + state.clock_offset_ms;
  drawBody();
  /** @type {import("./types.js").View} */
  const view = {
    state,
    snapshot,
    measure: mainMeasure(snapshot),
    trust,
    now_ms: trust.live ? server_ms : (state.as_of_ms ?? server_ms),
    server_ms,
    rush: rush.isOn(performance.now()),
    colours: colours.places,
  };
  setData(document.body, "rush", view.rush ? "1" : "0");
  const details = byId("details");
  setHidden(details, false); // its panels measure their room as they draw
  for (const drawPanel of panels) drawPanel(view);
  const shown = [...document.querySelectorAll("#figures section:not([hidden])")];
  const shown_below = shown.filter((section) => details.contains(section)).length;
  setData(document.body, "panels", shown.map(({ id }) => id.replace("-panel", "")).join(" "));
  const alone = shown_below === 1 ? "1" : "0";
  if (document.body.dataset.alone !== alone) requestDraw(); // there is another room to fill
  setData(document.body, "alone", alone);
  setHidden(byId("top"), !shown.some((section) => byId("top").contains(section)));
  const notices = ["sign", "pin", "match"].filter((id) => !byId(id).hidden).length;
  document.body.style.setProperty("--notices", String(notices));
  setHidden(details, shown_below === 0);
  setData(document.body, "details", snapshot && details.hidden ? "none" : "some");
}

function drawBody() {
  const { snapshot } = state;
  setData(document.body, "board", snapshot?.board ?? state.board);
  setData(document.body, "epoch", snapshot?.epoch ?? "");
  setData(document.body, "version", snapshot?.version ?? "");
  if (colours.of !== state.colours) {
    colours = { of: state.colours, places: new Map(state.colours) };
  }
}

/** @type {(board: string) => void} */
function start(board) {
  keepFigures(state);
  connection?.close();
  state = initialState(board, Date.now());
  state = recallFigures(state, Date.now());
  draw();
  connection = openConnection(board, placeKind, dispatch);
}

/** @type {(board: string) => void} */
function chooseBoard(board) {
  const address = new URL(location.href);
  address.searchParams.set("board", board);
  history.pushState(null, "", address);
  start(board);
}

addEventListener("popstate", () => start(readOptions(location.search, []).board));
addEventListener("pagehide", () => keepFigures(state));
setInterval(() => keepFigures(state), KEEP_EVERY_MS);
setInterval(requestDraw, CLOCK_EVERY_MS);
stayAwake();
hideIdlePointer();
start(options.board);
markStarted();
