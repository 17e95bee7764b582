// What the crew's pages do better with scripts: one tap is one gift, the code of a QR code is filled
// in, and a half-typed gift survives a reload. Everything works without them.

/** A form that is on its way is not sent a second time; the server would know it all the same. */
for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
  });
}
// A page that comes back from the browser's memory may be sent again: it has the same entry.
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-once]")) delete form.dataset.sent;
});

/** A helper's phone that has scanned the QR code has the code behind the #, where no log sees it. */
const code = /** @type {HTMLInputElement | null} */ (document.querySelector("input[data-code]"));
if (code && location.hash.length > 1) {
  code.value = decodeURIComponent(location.hash.slice(1));
  history.replaceState(null, "", location.pathname);
}

/** Typing an amount is meant for the button beside it, whatever was chosen before. */
const other = /** @type {HTMLInputElement | null} */ (document.querySelector('[name="other_group"]'));
other?.addEventListener("input", () => {
  const radio = /** @type {HTMLInputElement | null} */ (document.querySelector("input[data-other]"));
  if (radio) radio.checked = true;
});
