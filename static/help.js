/** The help page: a link made to measure, with its preview and a code to scan. */
import { byId, make, markStarted, setHidden, setText } from "./dom.js";
import { fillIn, helpTexts } from "./help_texts.js";
import { readOptions } from "./options.js";
import { PANELS } from "./panels/index.js";
import { fitPreview, PLACES } from "./preview.js";
import { makeCode } from "./qr_code.js";
import { safeText } from "./safe_text.js";
import { createTexts, directionOf } from "./texts.js";

/**
 * @typedef {{name: string, title: string}} BoardName
 * @typedef {{name: string, title: string}} QueryName
 */

// A preview is loaded once a choice stands still.
const PREVIEW_AFTER_MS = 300;
const MOST_IN_TURN = 4;

const options = readOptions(location.search, navigator.languages);
const { texts, lang } = helpTexts(createTexts(options.lang).texts_lang);
const dir = directionOf(lang);
const root = document.documentElement;
Object.assign(root, { lang, dir });
root.dataset.theme = options.theme || "dark";
document.title = `${texts.title} – Tallyboard`;
const form = /** @type {HTMLFormElement} */ (byId("choices"));
const link = /** @type {HTMLAnchorElement} */ (byId("link"));
const page = /** @type {HTMLIFrameElement} */ (byId("preview-page"));

/** @type {BoardName[]} */
let boards = [];
// Where other devices find this server: as this page was found, unless the server knows better.
let base = new URL("./", location.href).href;
let preview_timer = 0;

function drawTexts() {
  for (const element of document.querySelectorAll("[data-text]")) {
    if (!(element instanceof HTMLElement)) continue;
    const name = /** @type {keyof typeof texts} */ (element.dataset.text);
    setText(element, texts[name]);
    if (element.closest("[lang=en][dir=ltr]") && dir === "rtl") element.dir = "auto";
  }
  byId("choice-lang").setAttribute("placeholder", texts.language_own);
  page.title = texts.preview;
}

function drawChoices() {
  byId("places").append(...PLACES.map(({ name }, place) => {
    const label = make("label", "place");
    const button = make("input");
    Object.assign(button, { type: "radio", name: "place", value: name, checked: place === 0 });
    const about = /** @type {keyof typeof texts} */ (`${name}_about`);
    label.append(button, make("b", "", texts[name]), make("span", "about", texts[about]));
    return label;
  }));
  byId("choice-panels").append(...PANELS.map(({ name }) => makeBox(name, name, true)));
  const list = (/** @type {typeof PANELS} */ kinds) => kinds.map(({ name }) => name).join(",");
  setText(byId("all-panels"), `panels=${list(PANELS)}`);
  setText(byId("overlay-panels"), list(PANELS.filter(({ in_overlay }) => in_overlay === "always")));
}

/** @type {(panel: string, text: string, checked: boolean) => HTMLLabelElement} */
function makeBox(panel, text, checked) {
  const label = make("label");
  const box = make("input");
  Object.assign(box, { type: "checkbox", name: "panels", value: panel, checked });
  const name = make("bdi", "", text);
  label.append(box, " ", name);
  return label;
}

/** The stored queries that the chosen board's screens can show. */
async function drawQueries() {
  const board = String(new FormData(form).get("board") ?? "");
  const response = await fetch(`api/boards/${encodeURIComponent(board)}/panels`);
  /** @type {{panels: QueryName[]}} */
  const { panels } = response.ok ? await response.json() : { panels: [] };
  for (const old of document.querySelectorAll("#choice-panels .query")) old.remove();
  byId("choice-panels").append(...panels.map(({ name, title }) => {
    const label = makeBox(`query-${name}`, safeText(title) || name, false);
    label.className = "query";
    return label;
  }));
}

/** @type {() => {place: typeof PLACES[number], query: string}} */
function readChoices() {
  const choices = new FormData(form);
  const panels = choices.getAll("panels").map(String);
  const place = PLACES.find(({ name }) => name === choices.get("place")) ?? PLACES[0];
  const asked = {
    board: String(choices.get("board") ?? ""),
    theme: String(choices.get("theme") ?? ""),
    lang: String(choices.get("lang") ?? "").trim(),
    panels: panels.join() === PANELS.map(({ name }) => name).join() ? "" : panels.join(),
    ...place.query,
    ...(place.name === "boards"
      ? { board: boards.slice(0, MOST_IN_TURN).map(({ name }) => name).join(",") }
      : {}),
  };
  const given = Object.entries(asked).filter(([, value]) => value !== "");
  return { place, query: `${new URLSearchParams(given)}`.replace(/%2C/g, ",") };
}

function drawLink() {
  const { place, query } = readChoices();
  const address = `${base}${query && "?"}${query}`;
  link.href = address;
  setText(link, address);
  setText(byId("copied"), "");
  drawCode(address);
  clearTimeout(preview_timer);
  preview_timer = setTimeout(() => {
    // From this server by the name the page has now, which a browser may show in a frame.
    const source = new URL(`./?${query}`, location.href).href;
    if (page.src !== source) page.src = source;
    fitPreview(byId("preview"), page, place);
  }, PREVIEW_AFTER_MS);
}

/** @type {(address: string) => void} */
function drawCode(address) {
  const is_local = ["localhost", "127.0.0.1", "[::1]"].includes(new URL(base).hostname);
  const code = is_local ? null : makeCode(address);
  const picture = document.getElementById("code");
  picture?.toggleAttribute("hidden", code === null);
  setHidden(byId("scan"), code === null);
  setText(byId("reach"), is_local ? texts.only_here : fillIn(texts.reach, { address: base }));
  if (!code || !picture) return;
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", code.flatMap((row, y) =>
    row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ""))).join(""));
  picture.setAttribute("viewBox", `-2 -2 ${code.length + 4} ${code.length + 4}`);
  picture.setAttribute("aria-label", fillIn(texts.code_of, { text: address }));
  picture.replaceChildren(path);
}

async function copyLink() {
  const text = link.href.replace(/%2C/g, ",");
  try {
    await navigator.clipboard.writeText(text);
    setText(byId("copied"), fillIn(texts.copied, { text }));
  } catch {
    // Without HTTPS there is no clipboard: select it, so that one key copies.
    getSelection()?.selectAllChildren(link);
    setText(byId("copied"), texts.selected);
  }
}

/** @type {(board: BoardName) => Promise<void>} */
async function drawDonationCode({ name, title }) {
  const response = await fetch(`api/boards/${encodeURIComponent(name)}`);
  /** @type {import("./types.js").Snapshot | null} */
  const snapshot = response.ok ? await response.json() : null;
  if (!snapshot?.donate_url) return;
  const image = make("img");
  image.alt = `QR code of the donation page of ${title}`;
  image.src = `qr.svg?board=${encodeURIComponent(name)}`;
  const row = make("li");
  row.append(image, make("p", "", title));
  byId("codes").append(row);
  setHidden(byId("no-codes"), true);
}

async function loadBoards() {
  const response = await fetch("api/boards");
  /** @type {{boards: BoardName[], address?: string}} */
  const { boards: found, address } = await response.json();
  boards = found;
  base = address || base;
  const choice = /** @type {HTMLSelectElement} */ (byId("choice-board"));
  choice.replaceChildren(...boards.map(({ name, title }) => new Option(title, name)));
  const in_turn = form.querySelector("[value=boards]")?.closest("label");
  if (in_turn) setHidden(in_turn, boards.length < 2);
  void Promise.all(boards.map(drawDonationCode));
  await drawQueries();
}

form.addEventListener("input", drawLink);
byId("choice-board").addEventListener("change", () => void drawQueries().then(drawLink));
form.addEventListener("submit", (event) => event.preventDefault());
byId("copy").addEventListener("click", () => void copyLink());
addEventListener("resize", () => fitPreview(byId("preview"), page, readChoices().place));
drawTexts();
drawChoices();
loadBoards().then(drawLink, drawLink);
markStarted();
