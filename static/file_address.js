/** @type {() => string} the file that this page polls for its board; empty: it has a server to ask */
export function fileAddress() {
  return document.documentElement.dataset.file ?? "";
}
