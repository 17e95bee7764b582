/**
 * Closes what folds out, by Escape or a click elsewhere. Escape gives the focus back to what opened
 * it.
 * @type {(menu: HTMLDetailsElement) => void}
 */
export function closeWhenLeft(menu) {
  document.addEventListener("click", ({ target }) => {
    if (menu.open && target instanceof Node && !menu.contains(target)) menu.open = false;
  });
  document.addEventListener("keydown", ({ key }) => {
    if (key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary")?.focus();
  });
}
