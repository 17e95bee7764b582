/** The message that the crew has pinned: above the figures, never over them. */
import { pinnedText } from "../control.js";
import { byId, setData, setHidden, setText } from "../dom.js";
import { safeText } from "../safe_text.js";

/** @type {() => import("../types.js").Panel} */
export function createPin() {
  const pin = byId("pin");

  return ({ state, server_ms }) => {
    const text = safeText(pinnedText(state.control, server_ms));
    setText(pin, text);
    setHidden(pin, text === "");
    setData(document.body, "pinned", text === "" ? "0" : "1");
  };
}
