/** Where to give: a code for the phones in the hall and an address to type; on a phone, a button. */
import { make, makeOnly, makeSection, setData, setHidden, setText } from "../dom.js";
import { widthInEm } from "./text_width.js";

/** @type {import("../types.js").PanelKind} */
export const give = {
  name: "give",
  place: "top",
  in_overlay: "always",
  every_ms: 1_000,
  create: createGive,
};

/** @type {import("../types.js").PanelKind["create"]} */
function createGive({ t }) {
  const { section } = makeSection("give", t("give_here"));
  const code = make("img", "code");
  code.alt = t("give_code");
  code.addEventListener("error", () => setHidden(code, true)); // an address too long for a code
  const address = make("p", "address");
  address.dir = "ltr";
  const button = makeOnly("a", "give-button");
  button.rel = "noopener";
  setText(button, t("donate"));
  section.append(address, code, button);
  let drawn = "";

  return {
    section,
    draw({ snapshot }) {
      const url = snapshot?.donate_url ?? "";
      const is_link = /^https?:\/\//i.test(url);
      setHidden(section, !is_link);
      setText(address, snapshot?.donate_address ?? "");
      setHidden(address, !snapshot?.donate_address);
      setData(section, "address", snapshot?.donate_address ? "1" : "0");
      // From afar there is room for it only beside a short figure: views.css compares.
      const written = `${snapshot?.donate_address ?? ""} ${document.fonts.status}`;
      if (address.dataset.of !== written) {
        const wide = widthInEm(snapshot?.donate_address ?? "", address) + 0.1;
        section.style.setProperty("--address-em", wide.toFixed(2));
      }
      setData(address, "of", written);
      const key = `${snapshot?.board} ${url}`;
      if (!is_link || key === drawn) return;
      drawn = key;
      button.href = url;
      setHidden(code, false);
      // The same address of ours has another code when the board's is changed.
      code.src = `qr.svg?${new URLSearchParams({ board: snapshot?.board ?? "", of: url.slice(0, 200) })}`;
    },
  };
}
