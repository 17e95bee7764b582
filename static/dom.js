/** @type {(id: string) => HTMLElement} */
export function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no #${id}`);
  return element;
}

/**
 * A new element. Text goes in as text: donors' words are never markup.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {string} [class_name]
 * @param {string} [text]
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function make(tag, class_name = "", text = "") {
  const element = document.createElement(tag);
  if (class_name) element.className = class_name;
  if (text) element.textContent = text;
  return element;
}

/**
 * A new element that has an id: one of a kind on the page.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {string} id
 * @param {string} [text]
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function makeOnly(tag, id, text = "") {
  const element = make(tag, "", text);
  element.id = id;
  return element;
}

/**
 * A panel's section with its heading: `#<name>-panel`, `#<name>-title`.
 * @type {(name: string, text?: string) => {section: HTMLElement, heading: HTMLElement}}
 */
export function makeSection(name, text = "") {
  const section = makeOnly("section", `${name}-panel`);
  const heading = makeOnly("h2", `${name}-title`, text);
  heading.dir = "auto";
  section.setAttribute("aria-labelledby", heading.id);
  section.append(heading);
  return { section, heading };
}

/**
 * Writes only what differs, so that an unchanged figure costs no layout.
 * @type {(element: Element, text: string) => void}
 */
export function setText(element, text) {
  const node = element.firstChild;
  if (node instanceof Text) {
    if (node.data !== text) node.data = text;
  } else if (text !== "") element.textContent = text;
}

/** @type {(element: HTMLElement, name: string, value: string | number) => void} */
export function setData(element, name, value) {
  const text = String(value);
  if (element.dataset[name] !== text) element.dataset[name] = text;
}

/** @type {(element: HTMLElement, hidden: boolean) => void} */
export function setHidden(element, hidden) {
  if (element.hidden !== hidden) element.hidden = hidden;
}

/** Tells cannot_start.js that the page's script runs. */
export function markStarted() {
  document.documentElement.dataset.started = "1";
}
