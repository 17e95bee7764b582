/** The list of boards, with where each stands now. */
import { apart } from "./bidi.js";
import { byId, make, markStarted, setData, setHidden, setText } from "./dom.js";
import { createFormat } from "./format.js";
import { mainMeasure } from "./measure.js";
import { readOptions } from "./options.js";
import { createTexts } from "./texts.js";
import { ALL } from "./totals.js";
import { createItems } from "./words.js";

const EVERY_MS = 15_000;
const PATIENCE_MS = 10_000;

const options = readOptions(location.search, navigator.languages);
const { t, dir, texts_lang, locale } = createTexts(options.lang);
const format = createFormat(locale, texts_lang);
const items = createItems(options.lang, { format, t, dir });
document.documentElement.lang = texts_lang;
document.documentElement.dir = dir;
document.documentElement.dataset.theme = options.theme || "dark";
document.title = `${t("boards")} – Tallyboard`;
setText(byId("title"), t("boards"));
setText(byId("help-link"), t("help"));

/** @type {Map<string, {total: HTMLElement, way: HTMLElement, meta: HTMLElement, sign: HTMLElement}>} */
const cards = new Map();

async function draw() {
  if (document.hidden) return;
  try {
    const response = await ask("api/boards");
    /** @type {{boards: {name: string, title: string}[]}} */
    const { boards } = await response.json();
    if (boards.some(({ name }) => !cards.has(name)) || boards.length !== cards.size) {
      cards.clear();
      byId("boards").replaceChildren(...boards.map(makeCard));
    }
    setText(byId("none"), boards.length === 0 ? t("no_boards") : "");
    setHidden(byId("none"), boards.length > 0);
    await Promise.all(boards.map(({ name }) => drawCard(name)));
  } catch {
    setText(byId("none"), t("offline"));
    setHidden(byId("none"), false);
    for (const { sign } of cards.values()) {
      setText(sign, t("offline"));
      setData(sign, "state", "offline");
    }
  }
}

/**
 * A server that keeps the connection and says nothing is no better than none.
 * @type {(address: string) => Promise<Response>}
 */
function ask(address) {
  const patience = new AbortController();
  setTimeout(() => patience.abort(), PATIENCE_MS);
  return fetch(address, { signal: patience.signal });
}

/** @type {(board: {name: string, title: string}) => HTMLLIElement} */
function makeCard({ name, title }) {
  const card = make("li");
  card.dataset.board = name;
  const link = make("a");
  const address = new URL("./", location.href);
  address.search = location.search;
  address.searchParams.set("board", name);
  link.href = address.href;
  const heading = make("span", "title", title);
  heading.dir = "auto";
  const parts = {
    total: make("span", "total", "–"),
    way: make("span", "way"),
    meta: make("span", "meta"),
    sign: make("span", "state"),
  };
  setHidden(parts.way, true);
  cards.set(name, parts);
  link.append(heading, parts.total, parts.way, parts.meta, parts.sign);
  card.append(link);
  return card;
}

/** @type {(name: string) => Promise<void>} */
async function drawCard(name) {
  const card = cards.get(name);
  const response = await ask(`api/boards/${encodeURIComponent(name)}`);
  if (!card) return;
  if (!response.ok) {
    setText(card.sign, t("waiting"));
    return;
  }
  /** @type {import("./types.js").Snapshot} */
  const snapshot = await response.json();
  const measure = mainMeasure(snapshot);
  const all = snapshot.totals[ALL] ?? {};
  const count = all.count ?? 0;
  const parts = [items(snapshot.words, count)];
  if (snapshot.goal && snapshot.goal.target > 0) {
    const { target } = snapshot.goal;
    const ratio = Math.max(0, (all[measure.name] ?? 0) / target);
    const goal = t("of_goal", { target: format.compact(target, measure) });
    parts.push(apart(`${format.percent(ratio, true)} ${goal}`));
    card.way.style.setProperty("--part", Math.min(1, ratio).toFixed(4));
  }
  setHidden(card.way, parts.length === 1);
  const state = snapshot.status?.state;
  const signs = [snapshot.rehearsal ? t("rehearsal") : "", state ? t(state === "offline" ? "stale" : state) : ""];
  setData(card.total, "value", all[measure.name] ?? 0);
  setText(card.total, format.amount(all[measure.name] ?? 0, measure));
  setText(card.meta, parts.join(" · "));
  setText(card.sign, signs.filter(Boolean).join(" · "));
  setData(card.sign, "state", state ?? "");
}

setInterval(draw, EVERY_MS);
document.addEventListener("visibilitychange", draw);
void draw();
markStarted();
