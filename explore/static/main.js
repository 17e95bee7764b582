/** The page: signs in, asks, and shows answers. */
import { byId, setData, setHidden, setText } from "../../static/dom.js";
import { Refusal, answer as askFor, download, forgetKey, keepKey, readKey, readSchema, tell } from "./api.js";
import { createEditor } from "./editor.js";
import { fillFields, readFields, showFields } from "./fields.js";
import { createResults } from "./results.js";
import { readLink, writeLink } from "./share.js";
import { findParameters } from "./shades.js";
import { showColumns, showStored } from "./sidebar.js";

/** @typedef {import("./api.js").Question} Question */

const FIRST = "select platform, count(*) as gifts, sum(amount) as total\nfrom donations\ngroup by platform\norder by total desc";
const FOLLOW_MS = 2_000;

const light = matchMedia("(prefers-color-scheme: light)");
const wear = () => setData(document.documentElement, "theme", light.matches ? "light" : "dark");
light.addEventListener("change", wear);
wear();

const board = /** @type {HTMLSelectElement} */ (byId("board"));
const follow = /** @type {HTMLInputElement} */ (byId("follow"));
const key_field = /** @type {HTMLInputElement} */ (byId("key"));
/** @type {import("./api.js").Told | null} */
let told = null;
/** The stored query that the editor shows, until its SQL is changed. */
let stored = "";
let asking = new AbortController();
let is_asking = false;

const results = createResults();
const editor = createEditor(
  /** @type {HTMLTextAreaElement} */ (byId("sql")), byId("shades"), change, () => void run());

/** @returns {import("./api.js").Stored[]} */
const queries = () => told?.boards.find(({ name }) => name === board.value)?.queries ?? [];

/** @returns {Question} */
function question() {
  const name = stored ? { name: stored } : {};
  return { board: board.value, ...name, sql: editor.read(), values: readFields() };
}

function change() {
  if (stored) {
    stored = "";
    showStored(queries(), stored, pick);
  }
  showParameters();
}

function showParameters() {
  const query = queries().find(({ name }) => name === stored);
  showFields(query
    ? query.parameters.map(({ name, type, default: value }) => ({ name, hint: type, value: String(value ?? "") }))
    : findParameters(editor.read()).map((name) => ({ name, hint: "text, number or true", value: "" })));
}

/** @type {(query: import("./api.js").Stored) => void} */
function pick(query) {
  showQuery(query);
  if (!query.parameters.some(({ required }) => required)) void run();
}

/** @type {(query: import("./api.js").Stored) => void} */
function showQuery(query) {
  stored = query.name;
  editor.write(query.sql ?? `-- ${query.title}`);
  showStored(queries(), stored, pick);
  showParameters();
}

/** @type {(is_again?: boolean) => Promise<void>} */
async function run(is_again = false) {
  if (is_asking && is_again) return;
  asking.abort();
  const mine = (asking = new AbortController());
  is_asking = true;
  setData(byId("answer"), "state", is_again ? "" : "asking");
  setText(byId("note"), "");
  try {
    const answer = await askFor(question(), mine.signal);
    showState(answer.status);
    results.show(answer);
  } catch (error) {
    if (mine.signal.aborted) return;
    follow.checked = false;
    refuse(error, !is_again);
  }
  is_asking = false;
  setData(byId("answer"), "state", "");
}

/** @type {(error: unknown, is_own: boolean) => void} */
function refuse(error, is_own) {
  if (error instanceof Refusal && error.status === 401) {
    signOut(error.message);
    return;
  }
  const text = error instanceof Refusal ? error.message : "The server does not answer. Try again in a moment.";
  results.fail(text);
  if (is_own && error instanceof Refusal && !stored) editor.show(error.position);
}

/** @type {(status: import("./api.js").Status) => void} */
function showState({ state, version }) {
  setData(byId("state"), "state", state);
  const about = state === "live" ? "live" : "loading: rows may be missing or old";
  setText(byId("state"), `${about} · version ${version.toLocaleString("en")}`);
}

async function openSchema() {
  try {
    const schema = await readSchema(board.value);
    showColumns(schema, editor.insert);
    showState(schema.status);
  } catch (error) {
    refuse(error, false);
  }
}

async function signIn() {
  told = await tell();
  board.replaceChildren(...told.boards.map(({ name, title }) => new Option(title, name)));
  const link = readLink(location.hash);
  if (link && told.boards.some(({ name }) => name === link.board)) board.value = link.board;
  const is_ad_hoc = told.key.ad_hoc;
  /** @type {HTMLTextAreaElement} */ (byId("sql")).readOnly = !is_ad_hoc;
  const query = queries().find(({ name }) => name === link?.name) ?? (is_ad_hoc ? undefined : queries()[0]);
  if (query) showQuery(query);
  else {
    stored = "";
    editor.write(link?.sql || (is_ad_hoc ? FIRST : "-- This key is for stored queries only."));
    showStored(queries(), stored, pick);
  }
  showParameters();
  fillFields(link?.values ?? {});
  // Only now: what is typed from here on stays.
  setHidden(byId("sign-in"), true);
  for (const id of ["room", "forget", "board-label"]) setHidden(byId(id), false);
  void openSchema();
  if (link && !query) setText(byId("note"), "This SQL came with the link: read it, then run it.");
  else if ((query || is_ad_hoc) && !query?.parameters.some(({ required, name }) => required && !readFields()[name])) void run();
}

/** @type {(problem?: string) => void} */
function signOut(problem = "") {
  forgetKey();
  told = null;
  follow.checked = false;
  for (const id of ["room", "forget", "board-label"]) setHidden(byId(id), true);
  setHidden(byId("sign-in"), false);
  setText(byId("state"), "");
  setData(byId("state"), "state", "");
  setText(byId("sign-in-problem"), problem);
  setHidden(byId("sign-in-problem"), problem === "");
  key_field.value = "";
  key_field.focus();
}

/** @type {() => Promise<void>} */
async function open() {
  try {
    await signIn();
  } catch (error) {
    signOut(error instanceof Refusal ? error.message : "The server does not answer. Try again in a moment.");
  }
}

byId("sign-in").addEventListener("submit", (event) => {
  event.preventDefault();
  keepKey(key_field.value.trim());
  void open();
});
byId("query").addEventListener("submit", (event) => {
  event.preventDefault();
  void run();
});
byId("forget").addEventListener("click", () => signOut());
board.addEventListener("change", () => {
  stored = "";
  showStored(queries(), stored, pick);
  showParameters();
  void openSchema();
});
byId("share").addEventListener("click", async () => {
  history.replaceState(null, "", writeLink(question()));
  try {
    await navigator.clipboard.writeText(location.href);
    setText(byId("note"), "The link is copied. Whoever opens it needs a key of their own.");
  } catch {
    setText(byId("note"), "The link is in the address bar. Whoever opens it needs a key of their own.");
  }
});
byId("download").addEventListener("click", async () => {
  try {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await download(question(), new AbortController().signal));
    link.download = `${stored || board.value}.csv`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  } catch (error) {
    refuse(error, true);
  }
});
setInterval(() => {
  if (follow.checked && !document.hidden) void run(true);
}, FOLLOW_MS);

if (readKey()) void open();
else signOut();
