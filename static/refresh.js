/** Takes up a new version of the page, once the server really has it to give. */

const KEY = "tallyboard-refreshed";
// Two servers of different versions behind one address must not make a screen flicker.
const NOT_AGAIN_MS = 60_000;
const RETRY_MS = 20_000;
// Thousands of screens do not ask for all files in the same moment.
const SPREAD_MS = 30_000;
// The crew sees to it that all do so in the same second.
const CREW_SPREAD_MS = 1_000;

let under_way = false;
let is_asked = false;

/**
 * Reloads as soon as the page can be had; `keep` is called just before.
 * @type {(keep: () => void) => Promise<void>}
 */
export async function refreshPage(keep) {
  if (under_way) return;
  under_way = true;
  const wait_ms = lastRefreshMs() + NOT_AGAIN_MS - Date.now();
  await sleep(Math.min(NOT_AGAIN_MS, Math.max(0, wait_ms)) + Math.random() * SPREAD_MS);
  await reload(keep);
}

/**
 * Reloads because the crew says so.
 * @type {(keep: () => void) => Promise<void>}
 */
export async function reloadSoon(keep) {
  if (is_asked) return;
  is_asked = true;
  await sleep(Math.random() * CREW_SPREAD_MS);
  await reload(keep);
}

/** @type {(keep: () => void) => Promise<void>} */
async function reload(keep) {
  while (!(await fetchPage())) await sleep(RETRY_MS);
  noteRefresh(Date.now());
  keep();
  location.reload();
}

/**
 * Brings the page and its files into the browser's cache; false unless the page is Tallyboard's.
 * @type {() => Promise<boolean>}
 */
async function fetchPage() {
  const folder = new URL("static/", document.baseURI).href;
  const files = performance.getEntriesByType("resource").map((entry) => entry.name)
    .filter((name) => name.startsWith(folder));
  try {
    const response = await fetch(location.href, { cache: "reload" });
    if (!response.ok || !(await response.text()).includes("static/main.js")) return false;
    await Promise.all([...new Set(files)].map((name) => fetch(name, { cache: "reload" })));
    return true;
  } catch {
    return false;
  }
}

/** @type {() => number} */
function lastRefreshMs() {
  try {
    return Number(sessionStorage.getItem(KEY) ?? 0);
  } catch {
    return 0; // storage is forbidden here
  }
}

/** @type {(now_ms: number) => void} */
function noteRefresh(now_ms) {
  try {
    sessionStorage.setItem(KEY, String(now_ms));
  } catch {
    // Storage is forbidden here.
  }
}

/** @type {(ms: number) => Promise<void>} */
function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
