/**
 * The event's own look: its style sheet, logo and sponsors. The page comes with the sheet of its board
 * already; another board, or a board that was changed, brings another one.
 */
import { byId, makeOnly, setHidden } from "./dom.js";
import { createSponsors } from "./sponsors.js";

/** @typedef {import("./types.js").Look} Look */

/**
 * `theme` is what the address asks for: then the colours are those, and the rest is the event's.
 * @type {(theme: string) => import("./types.js").Panel}
 */
export function createLook(theme) {
  const root = document.documentElement;
  const logo = /** @type {HTMLImageElement} */ (byId("logo"));
  const drawSponsors = createSponsors(byId("sponsors"), byId("footer"));
  let link = document.getElementById("look");
  let sheet = link?.getAttribute("href") ?? "";
  let drawn = "null";
  /** @type {Look | null | undefined} */
  let told;
  wear(link?.dataset.theme ?? "");

  /** @type {(nearest: string) => void} */
  function wear(nearest) {
    root.dataset.theme = theme || nearest || "dark";
    root.dataset.look = theme === "" && nearest !== "" ? "1" : "0";
  }

  /** @type {(look: Look | null) => void} the old sheet goes when the new one is there */
  function changeSheet(look) {
    const old = link;
    link = null;
    if (!look) {
      old?.remove();
      root.dataset.worn = "";
      return wear("");
    }
    const next = makeOnly("link", "look");
    next.rel = "stylesheet";
    next.href = look.sheet;
    next.addEventListener("load", () => {
      old?.remove();
      wear(look.theme);
      root.dataset.worn = look.sheet;
    });
    document.head.append(next);
    link = next;
  }

  /** @type {(look: Look | null) => void} */
  function drawPictures(look) {
    setHidden(logo, !look?.logo);
    if (look?.logo) logo.src = look.logo;
    drawSponsors(look?.sponsors ?? []);
  }

  return ({ snapshot }) => {
    if (!snapshot || snapshot.look === told) return;
    told = snapshot.look;
    const look = told ?? null;
    const wanted = JSON.stringify(look);
    if (wanted === drawn && (look?.sheet ?? "") === sheet) return;
    drawn = wanted;
    if ((look?.sheet ?? "") !== sheet) changeSheet(look);
    sheet = look?.sheet ?? "";
    drawPictures(look);
  };
}
