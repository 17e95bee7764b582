// What the crew's pages do better with scripts: one tap is one gift, the code of a QR code is filled
// in, and a long list stays where it is. Everything works without them.

/** @typedef {HTMLFormElement} Form */

// A form that is on its way is not sent a second time; the server would know it all the same.
document.addEventListener("submit", (event) => {
  const form = /** @type {Form} */ (event.target);
  if (!("once" in form.dataset)) return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
});
// A page that comes back from the browser's memory may be sent again: it has the same entry.
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-once]")) {
    delete (/** @type {Form} */ (form).dataset.sent);
  }
});

// A helper's phone that has scanned the QR code has the code behind the #, where no log sees it.
const code = /** @type {HTMLInputElement | null} */ (document.querySelector("input[data-code]"));
function takeCode() {
  if (!code || location.hash.length <= 1) return;
  code.value = decodeURIComponent(location.hash.slice(1));
  history.replaceState(null, "", location.pathname + location.search);
}
takeCode();
addEventListener("hashchange", takeCode);

// Who names another group has chosen it.
document.querySelector('[name="other_group"]')?.addEventListener("input", () => {
  const radio = /** @type {HTMLInputElement | null} */ (document.querySelector("input[data-other]"));
  if (radio) radio.checked = true;
});

// Going through a list, the page stays where it is, and the next one has the focus.
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
