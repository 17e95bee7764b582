/** Puts the parts together: connection → state → panels. */
import { stayAwake } from "./awake.js";
import { openConnection } from "./connection.js";
import { byId, markStarted, setData, setHidden } from "./dom.js";
import { createFormat } from "./format.js";
import { keepFigures, recallFigures } from "./keepsake.js";
import { placeKind, watchPlace } from "./layout.js";
import { mainMeasure } from "./measure.js";
import { choosePanels, readOptions } from "./options.js";
import { createPainter } from "./painter.js";
import { pace } from "./pace.js";
import { createAbout } from "./panels/about.js";
import { createAnnouncer } from "./panels/announcer.js";
import { createBadge } from "./panels/badge.js";
import { FIGURES_EVERY_MS } from "./panels/beat.js";
import { createCelebration } from "./panels/celebration.js";
import { PANELS } from "./panels/index.js";
import { createSwitcher } from "./panels/switcher.js";
import { hideIdlePointer } from "./pointer.js";
import { refreshPage } from "./refresh.js";
import { createRush } from "./rush.js";
import { initialState, reduce } from "./state.js";
import { createTexts } from "./texts.js";
import { describeTrust } from "./trust.js";

// Four drawings a second are as good as twenty for the eye, and leave a weak machine its rest.
const DRAW_EVERY_MS = 250;
const CLOCK_EVERY_MS = 1_000;
const KEEP_EVERY_MS = 10_000;

const options = readOptions(location.search, navigator.languages);
const { t, dir, texts_lang } = createTexts(options.lang);
const language = { format: createFormat(options.lang, texts_lang), t };
document.documentElement.lang = texts_lang;
document.documentElement.dir = dir;
document.documentElement.dataset.theme = options.theme;
document.documentElement.dataset.overlay = options.overlay ? "1" : "0";
watchPlace();

let state = initialState(options.board, Date.now());
/** @type {import("./connection.js").Connection | null} */
let connection = null;
/** @type {{of: import("./types.js").State["colours"], places: Map<string, number>}} */
let colours = { of: [], places: new Map() };

const rush = createRush();
const requestDraw = createPainter(draw, DRAW_EVERY_MS);

const panels = [
  createBadge(language),
  createSwitcher(language, chooseBoard),
  createAbout(language),
  ...buildPanels(choosePanels(location.search, PANELS, options.overlay)),
  createAnnouncer(language),
  pace(createCelebration(language), FIGURES_EVERY_MS, requestDraw), // not before the figure
];

/**
 * Puts the panels' sections into the page. Those with the same pace are drawn in the same moment.
 * @type {(kinds: import("./types.js").PanelKind[]) => import("./types.js").Panel[]}
 */
function buildPanels(kinds) {
  const below = kinds.filter(({ place }) => place === "details");
  setData(document.body, "alone", below.length === 1 ? "1" : "0");
  /** @type {Map<number, import("./types.js").Panel[]>} */
  const by_pace = new Map();
  for (const { place, every_ms, in_overlay, create } of kinds) {
    const { section, draw: drawAlways } = create(language, requestDraw);
    const is_instead = options.overlay && in_overlay === "instead";
    /** @type {import("./types.js").Panel} */
    const drawPanel = (view) => {
      if (is_instead && view.snapshot?.ticker) setHidden(section, true);
      else drawAlways(view);
    };
    if (place === "figures") byId("details").before(section);
    else byId("details").append(section);
    by_pace.set(every_ms, [...(by_pace.get(every_ms) ?? []), drawPanel]);
  }
  return [...by_pace].map(([every_ms, together]) =>
    pace((view) => together.forEach((drawPanel) => drawPanel(view)), every_ms, requestDraw));
}

/** @type {(event: import("./types.js").StateEvent) => void} */
function dispatch(event) {
  state = reduce(state, event);
  if (event.type === "update") rush.note(performance.now());
  if (state.out_of_step) connection?.reopen();
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
