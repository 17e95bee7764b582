/** Puts the parts together: connection → state → panels. */
import { stayAwake } from "./awake.js";
import { openChannel } from "./channel.js";
import { byId, markStarted, setData, setHidden, setText } from "./dom.js";
import { driftSlowly } from "./drift.js";
import { fileAddress } from "./file_address.js";
import { createFormat } from "./format.js";
import { watchPlace } from "./layout.js";
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
import { createFirst } from "./panels/first.js";
import { PANELS } from "./panels/index.js";
import { createNotices } from "./panels/notices.js";
import { createPin } from "./panels/pin.js";
import { queryOf, queryPanels } from "./panels/query.js";
import { createSwitcher } from "./panels/switcher.js";
import { createThanks } from "./panels/thanks.js";
import { hideIdlePointer } from "./pointer.js";
import { createSound } from "./sound.js";
import { createTexts } from "./texts.js";
import { describeTrust } from "./trust.js";
import { fadeIn, takeTurns } from "./turns.js";
import { createItems } from "./words.js";

// Four drawings a second are as good as twenty for the eye, and leave a weak machine its rest.
const DRAW_EVERY_MS = 250;
const CLOCK_EVERY_MS = 1_000;
const KEEP_EVERY_MS = 10_000;

// The language of the (first) board, which the server writes into the page.
const { lang: board_lang = "" } = document.documentElement.dataset;
const options = readOptions(location.search, [board_lang, ...navigator.languages]);
const { t, dir, texts_lang, locale } = createTexts(options.lang);
const format = createFormat(locale, texts_lang, options.zone);
const language = { format, t, items: createItems(options.lang, { format, t, dir }) };
document.documentElement.lang = texts_lang;
document.documentElement.dir = dir;
Object.assign(document.documentElement.dataset, {
  overlay: options.overlay ? "1" : "0",
  strip: options.overlay === "strip" ? "1" : "0",
  at: options.at,
  far: options.far ? "1" : "0",
  bare: options.bare ? "1" : "0",
});
watchPlace();

/** @type {import("./channel.js").Channel[]} one for each board that is shown in turn */
let channels = [];
let shown_board = 0;
let shown_panel = 0;
let boards_in_turn = takeTurns(0, 0, () => {});
/** @type {{of: import("./types.js").State["colours"], places: Map<string, number>}} */
let colours = { of: [], places: new Map() };

setText(byId("sound-off"), t("sound_off"));
const play = createSound(options.volume, byId("sound-off"));
const requestDraw = createPainter(draw, DRAW_EVERY_MS);

const asked_panels = choosePanels(location.search, PANELS, options);
const drawPanelSet = createPanelSet(language, requestDraw, options.overlay !== "");
const panels = [
  createLook(options.theme),
  createBadge(language),
  createSwitcher(language, chooseBoard),
  createAbout(language),
  createPin(),
  createNotices(language),
  drawPanels,
  createFirst(language),
  createAnnouncer(language),
  // Not before the figure.
  pace(createCelebration(language, () => play("milestone")), FIGURES_EVERY_MS, requestDraw),
  createThanks(language, () => play("thanks"), requestDraw),
];

/** @type {import("./types.js").Panel} */
function drawPanels(view) {
  const kinds = obeyCrew(asked_panels, view.state.control?.panels ?? null, view.state.panels);
  const below = kinds.filter(({ place }) => place === "details");
  const is_in_turn = options.boards.length === 1 && options.every_ms > 0 && below.length > 1;
  const now = below[shown_panel % below.length];
  drawPanelSet(is_in_turn ? kinds.filter((kind) => !below.includes(kind) || kind === now) : kinds, view);
}

/**
 * The panels that the crew wants on the walls. A phone is somebody's own, and an overlay is a part of
 * a picture that was composed for what its address says.
 * @type {(asked: import("./types.js").PanelKind[], wanted: string[] | null,
 *   answers: import("./types.js").QueryAnswer[]) => import("./types.js").PanelKind[]}
 */
function obeyCrew(asked, wanted, answers) {
  if (!wanted || ["phone", "overlay"].includes(document.body.dataset.place ?? "")) return asked;
  const queries = queryPanels(wanted).filter(({ name }) =>
    answers.some((answer) => answer.name === queryOf(name)));
  const kinds = [...PANELS.filter(({ name }) => wanted.includes(name)), ...queries];
  return kinds.length > 0 ? kinds : asked;
}

function draw() {
  const channel = channels[shown_board];
  if (!channel) return;
  const now_ms = Date.now();
  const state = channel.state();
  const trust = describeTrust(state, now_ms);
  const { snapshot } = state;
  const server_ms = now_ms + state.clock_offset_ms;
  drawBody(state);
  /** @type {import("./types.js").View} */
  const view = {
    state,
    snapshot,
    measure: mainMeasure(snapshot),
    trust,
    now_ms: trust.live ? server_ms : (state.as_of_ms ?? server_ms),
    server_ms,
    rush: channel.isRush(performance.now()),
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

/** @type {(state: import("./types.js").State) => void} */
function drawBody(state) {
  const { snapshot } = state;
  setData(document.body, "board", snapshot?.board ?? state.board);
  setData(document.body, "epoch", snapshot?.epoch ?? "");
  setData(document.body, "version", snapshot?.version ?? "");
  if (colours.of !== state.colours) {
    colours = { of: state.colours, places: new Map(state.colours) };
  }
}

function keepAll() {
  for (const channel of channels) channel.keep();
}

/** @type {(asked: string[]) => void} */
function start(asked) {
  const boards = fileAddress() === "" ? asked : [""]; // a file has one board
  for (const channel of channels) channel.close();
  boards_in_turn.stop();
  shown_board = 0;
  boards_in_turn = takeTurns(boards.length, options.every_ms, (place) => {
    if (place === shown_board) return;
    shown_board = place;
    draw();
    fadeIn([byId("header"), byId("figures")]);
  });
  channels = boards.map((board, place) => openChannel(board, {
    // The first figures do not wait for their turn.
    heard: () => (document.body.dataset.version ? requestDraw() : draw()),
    celebrated: () => boards.length > 1 && boards_in_turn.hold(place),
    keepAll,
  }));
  draw();
}

/** @type {(board: string) => void} */
function chooseBoard(board) {
  const address = new URL(location.href);
  address.searchParams.set("board", board);
  history.pushState(null, "", address);
  start([board]);
}

addEventListener("popstate", () => start(readOptions(location.search, []).boards));
addEventListener("pagehide", keepAll);
setInterval(keepAll, KEEP_EVERY_MS);
setInterval(requestDraw, CLOCK_EVERY_MS);
stayAwake();
hideIdlePointer();
driftSlowly();
start(options.boards);
// By the count of the panels there are then: the crew may change them.
if (options.every_ms > 0 && options.boards.length === 1) {
  setInterval(() => {
    shown_panel += 1;
    draw();
    fadeIn([byId("details")]);
  }, options.every_ms);
}
markStarted();
