/** A field for each `$name` of a query. */
import { byId, make, setHidden } from "../../static/dom.js";
import { safeText } from "../../static/safe_text.js";

/** @typedef {{name: string, hint: string, value: string}} Field */

/** @type {(fields: Field[]) => void} keeps what was typed for a name that stays */
export function showFields(fields) {
  const before = readFields();
  const box = byId("parameters");
  const names = fields.map(({ name }) => name).join(" ");
  setHidden(box, fields.length === 0);
  if (box.dataset.names === names) return;
  box.dataset.names = names;
  box.replaceChildren(...fields.map(({ name, hint, value }) => {
    const label = make("label", "", `$${safeText(name)}`);
    const input = make("input");
    input.name = name;
    input.value = before[name] || value;
    input.placeholder = hint;
    input.autocomplete = "off";
    label.append(input);
    return label;
  }));
}

/** @type {() => Record<string, string>} */
export function readFields() {
  const inputs = byId("parameters").querySelectorAll("input");
  return Object.fromEntries([...inputs].map(({ name, value }) => [name, value]));
}

/** @type {(values: Record<string, string>) => void} */
export function fillFields(values) {
  for (const input of byId("parameters").querySelectorAll("input")) {
    if (input.name in values) input.value = values[input.name];
  }
}
