// What scripts add to the crew's pages: they block a second tap, fill in the code from a QR code,
// and keep the place in a long list. Every page works without them.

/** @typedef {HTMLFormElement} Form */

// Do not send a form twice. The server would recognise the second one anyway.
document.addEventListener("submit", (event) => {
  const form = /** @type {Form} */ (event.target);
  if (!("once" in form.dataset)) return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
});
// A page from the back/forward cache may be sent again: it still carries the same entry id.
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-once]")) {
    delete (/** @type {Form} */ (form).dataset.sent);
  }
});

// The QR code puts the crew's code behind the #, which browsers never send: no log sees it.
const code = /** @type {HTMLInputElement | null} */ (document.querySelector("input[data-code]"));
function takeCode() {
  if (!code || location.hash.length <= 1) return;
  code.value = decodeURIComponent(location.hash.slice(1));
  history.replaceState(null, "", location.pathname + location.search);
}
takeCode();
addEventListener("hashchange", takeCode);

// Typing another group's name selects "Other".
document.querySelector('[name="other_group"]')?.addEventListener("input", () => {
  const radio = /** @type {HTMLInputElement | null} */ (document.querySelector("input[data-other]"));
  if (radio) radio.checked = true;
});

// After a button in a list, keep the page's place and focus the next row's button.
document.addEventListener("submit", async (event) => {
  const form = /** @type {Form} */ (event.target);
  const button = /** @type {SubmitEvent} */ (event).submitter;
  if (!("stay" in form.dataset)) return;
  event.preventDefault();
  const list = form.closest("ul");
  const place = list ? [...list.children].findIndex((row) => row.contains(form)) : 0;
  const listId = list?.id ?? "";
  try {
    const body = new URLSearchParams(
      /** @type {any} */ (new FormData(form, /** @type {HTMLElement} */ (button))),
    );
    const reply = await fetch(form.action, { method: "POST", body });
    const page = new DOMParser().parseFromString(await reply.text(), "text/html");
    const main = page.querySelector("main");
    if (!main) throw new Error("no page");
    document.querySelector("main")?.replaceWith(main);
    const rows = document.getElementById(listId)?.children;
    const next = rows?.[Math.min(place, rows.length - 1)]?.querySelector("button");
    (next ?? main).focus({ preventScroll: Boolean(next) });
  } catch {
    location.reload();
  }
});
