/** The help page: links made to measure, and the QR codes of the donation pages. */
import { byId, make, markStarted, setHidden } from "./dom.js";
import { readOptions } from "./options.js";
import { PANELS } from "./panels/index.js";

/** @typedef {{name: string, title: string}} BoardName */

const PLACES = [
  { what: "Wall, projector, laptop", query: {} },
  { what: "Only the figure, as large as it can be", query: { panels: "total,goal" } },
  { what: "Overlay for OBS, 1280 × 720", query: { overlay: "1" } },
  { what: "Bright room", query: { theme: "contrast" } },
  { what: "Phones in the audience", query: { panels: "total,goal,ticker" } },
];

document.documentElement.dataset.theme = readOptions(location.search, []).theme || "dark";
const form = /** @type {HTMLFormElement} */ (byId("choices"));
const board_choice = /** @type {HTMLSelectElement} */ (byId("choice-board"));

// Where other devices find this server: as this page was found, unless the server knows better.
let base = new URL("./", location.href).href;

function drawPanelChoices() {
  for (const { name } of PANELS) {
    const label = make("label");
    const box = make("input");
    Object.assign(box, { type: "checkbox", name: "panels", value: name, checked: true });
    label.append(box, ` ${name}`);
    byId("choice-panels").append(label);
  }
  const list = (/** @type {typeof PANELS} */ kinds) => kinds.map(({ name }) => name).join(",");
  byId("all-panels").textContent = `panels=${list(PANELS)}`;
  byId("overlay-panels").textContent = list(
    PANELS.filter(({ in_overlay }) => in_overlay === "always"),
  );
}

function drawLinks() {
  const choices = new FormData(form);
  const panels = choices.getAll("panels").map(String);
  byId("links").replaceChildren(
    ...PLACES.map(({ what, query }) => {
      const address = new URL(base);
      const asked = {
        board: String(choices.get("board") ?? ""),
        theme: String(choices.get("theme") ?? ""),
        lang: String(choices.get("lang") ?? "").trim(),
        panels: panels.length < PANELS.length ? panels.join(",") : "",
        ...query,
      };
      for (const [name, value] of Object.entries(asked)) {
        if (value) address.searchParams.set(name, value);
      }
      return makeLink(what, address.href.replace(/%2C/g, ","));
    }),
  );
}

/** @type {(what: string, address: string) => HTMLLIElement} */
function makeLink(what, address) {
  const row = make("li");
  const link = make("a", "", address);
  link.href = address;
  const copy = make("button", "", "Copy");
  copy.type = "button";
  copy.setAttribute("aria-label", `Copy the link: ${what}`);
  copy.addEventListener("click", () => void copyText(address, link));
  row.append(make("span", "what", what), link, copy);
  return row;
}

/** @type {(text: string, shown: HTMLElement) => Promise<void>} */
async function copyText(text, shown) {
  try {
    await navigator.clipboard.writeText(text);
    byId("copied").textContent = `Copied: ${text}`;
  } catch {
    // Without HTTPS there is no clipboard: select it, so that one key copies.
    getSelection()?.selectAllChildren(shown);
    byId("copied").textContent = "Selected: press Ctrl+C or ⌘C.";
  }
}

/** @type {(board: BoardName) => Promise<void>} */
async function drawCode({ name, title }) {
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

/** @type {(address: string) => void} */
function drawAddress(address) {
  base = address;
  const image = /** @type {HTMLImageElement} */ (byId("address-code"));
  image.alt = `QR code of ${address}`;
  image.src = "address.svg";
  byId("address-text").textContent = `For phones and other screens in this network: ${address}`;
  setHidden(byId("address"), false);
}

async function loadBoards() {
  const response = await fetch("api/boards");
  /** @type {{boards: BoardName[], address?: string}} */
  const { boards, address } = await response.json();
  if (address) drawAddress(address);
  board_choice.replaceChildren(...boards.map(({ name, title }) => new Option(title, name)));
  void Promise.all(boards.map(drawCode));
}

form.addEventListener("input", drawLinks);
form.addEventListener("submit", (event) => event.preventDefault());
drawPanelChoices();
drawLinks();
loadBoards().then(drawLinks, () => {});
markStarted();
