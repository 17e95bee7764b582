/** The other boards, in a menu beside the title. Absent while there is only one. */
import { byId, make, setHidden, setText } from "../dom.js";
import { fileAddress } from "../file_address.js";
import { closeWhenLeft } from "./menu.js";

/**
 * `choose` is called with a board's name; the address stays that of a plain link.
 * @type {(language: import("../types.js").Language, choose: (board: string) => void)
 *   => import("../types.js").Panel}
 */
export function createSwitcher({ t }, choose) {
  const menu = /** @type {HTMLDetailsElement} */ (byId("switcher"));
  const list = byId("switcher-list");
  const title = byId("title");
  byId("switcher-title").setAttribute("aria-label", t("choose_board"));
  setText(byId("boards-link"), t("all_boards"));
  setText(byId("help-link"), t("help"));
  let drawn_board = "";

  async function load() {
    if (fileAddress()) return; // it is of one board
    try {
      const response = await fetch("api/boards");
      /** @type {{boards: {name: string, title: string}[]}} */
      const { boards } = await response.json();
      setHidden(menu, boards.length < 2);
      list.replaceChildren(...boards.map(makeEntry));
    } catch {
      // Asked again when the menu is opened or a board is drawn.
    }
  }

  /** @type {(board: {name: string, title: string}) => HTMLLIElement} */
  function makeEntry({ name, title: text }) {
    const entry = make("li");
    const link = make("a", "", text);
    const address = new URL(location.href);
    address.searchParams.set("board", name);
    link.href = address.href;
    link.dataset.board = name;
    link.dir = "auto";
    if (name === drawn_board) link.setAttribute("aria-current", "page");
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      menu.open = false;
      choose(name);
    });
    entry.append(link);
    return entry;
  }

  menu.addEventListener("toggle", () => menu.open && void load());
  closeWhenLeft(menu);

  return ({ snapshot, state }) => {
    const board = snapshot?.board ?? state.board;
    setText(title, snapshot?.title ?? (state.board || "Tallyboard"));
    if (!snapshot || board === drawn_board) return;
    drawn_board = board;
    document.title = snapshot.title;
    void load();
  };
}
