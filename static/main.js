/** Puts the parts together: connection → state → panels. */
import { stayAwake } from "./awake.js";
import { assignColours } from "./colours.js";
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
import { ALL } from "./totals.js";
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
/** @type {{groups: string, places: Map<string, number>}} */
let colours = { groups: "", places: new Map() };

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
  setData(document.body, "panels", kinds.map(({ name }) => name).join(" "));
  /** @type {Map<number, import("./types.js").Panel[]>} */
  const by_pace = new Map();
  for (const { place, every_ms, create } of kinds) {
    const { section, draw: drawPanel } = create(language, requestDraw);
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
  const shown = details.querySelector("section:not([hidden])");
  setHidden(details, shown === null);
  setData(document.body, "details", snapshot && details.hidden ? "none" : "some");
}

function drawBody() {
  const { snapshot } = state;
  setData(document.body, "board", snapshot?.board ?? state.board);
  setData(document.body, "epoch", snapshot?.epoch ?? "");
  setData(document.body, "version", snapshot?.version ?? "");
  if (!snapshot) return;
  const groups = Object.keys(snapshot.totals).filter((group) => group !== ALL);
  const key = JSON.stringify(groups);
  if (key !== colours.groups) colours = { groups: key, places: assignColours(groups) };
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
