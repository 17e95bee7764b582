"""A browser window with the display, which collects console errors."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Page
from playwright.sync_api import TimeoutError as WaitedInVain

from tests.browser.stage import Stage

WALL = {"width": 1920, "height": 1080}
WAIT_MS = 15_000

# What the page shows, in the shape of the API's snapshot.
_FIGURES = """() => {
  const number = (element, name) => Number(element.dataset[name]);
  return {
    version: number(document.body, "version"),
    amount: number(total, "value"),
    count: number(count, "value"),
    groups: Object.fromEntries([...document.querySelectorAll("#bars li[data-group]")].map((row) =>
      [row.dataset.group, { count: number(row, "count"), amount: number(row, "value") }])),
    latest: [...document.querySelectorAll("#ticker li")]
      .sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top)
      .map((row) => number(row, "id")),
  };
}"""
# The ticker shows only as many of the latest donations as fit.
_ARE_SHOWN = (
    """(wanted) => {
  const same = (a, b) => a === b || (a instanceof Object && b instanceof Object &&
    Object.keys(a).length === Object.keys(b).length &&
    Object.keys(a).every((key) => same(a[key], b[key])));
  const shown = ("""
    + _FIGURES
    + """)();
  const latest = wanted.latest.slice(0, shown.latest.length);
  return latest.length > 0 && same(shown, { ...wanted, latest });
}"""
)
_COMPLAIN = """
addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
  console.error(`against the policy: ${violatedDirective} ${blockedURI}`));
"""
_NETWORK = "Failed to load resource"

Json = dict[str, Any]


class Screen:
    """A page, and the errors that its console has shown."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.troubles: list[str] = []
        page.set_default_timeout(WAIT_MS)
        page.add_init_script(_COMPLAIN)
        page.on("pageerror", lambda error: self.troubles.append(str(error)))
        page.on("console", self._note)

    def _note(self, said: ConsoleMessage) -> None:
        if said.type in ("error", "warning"):
            self.troubles.append(said.text)

    def check(self, *, network: bool) -> None:
        """Fail on any error; on network errors only if `network` is true."""
        troubles = [text for text in self.troubles if network or not text.startswith(_NETWORK)]
        assert not troubles, troubles

    def show(self, stage: Stage, board: str, options: str = "") -> "Screen":
        """Load a board's display and wait for its figures."""
        lang = "" if "&lang=" in options else "&lang=en"
        self.page.goto(f"{stage.url}/?board={board}{lang}{options}")
        self.wait("() => document.body.dataset.version")
        return self

    def wait(self, condition: str, argument: object = None) -> Any:
        """Wait until a JavaScript function returns a truthy value; return that value."""
        return self.page.wait_for_function(condition, arg=argument).json_value()

    def wait_for_state(self, *states: str) -> None:
        """Wait until the badge shows one of the states."""
        self.wait("(states) => states.includes(connection.dataset.state)", list(states))

    def wait_for_total(self, text: str) -> None:
        """Wait until the big figure stops at a text."""
        self.wait("(text) => total.textContent === text", text)

    def wait_for_a_figure(self) -> None:
        """Wait until figures came and the big one, if it is shown, is drawn with its font."""
        self.wait(
            "() => document.body.dataset.version && document.fonts.status === 'loaded'"
            " && !(document.getElementById('total')?.textContent.length <= 1)"
        )

    def wait_for_figures_of(self, snapshot: Json) -> None:
        """Wait until the page shows every figure of a snapshot from the API."""
        totals: Json = dict(snapshot["totals"])
        whole = totals.pop("ALL")
        wanted = {"version": snapshot["version"], **whole, "groups": totals}
        wanted["latest"] = [item["id"] for item in snapshot["ticker"]["items"]]
        try:
            self.wait(_ARE_SHOWN, wanted)
        except WaitedInVain:
            figures = self.page.evaluate(_FIGURES)
            raise AssertionError(f"the page shows {figures}, the API says {wanted}") from None


@contextmanager
def open_screen(
    browser: Browser, *, network: bool = True, size: dict[str, int] = WALL, **options: Any
) -> Iterator[Screen]:
    """Open a new window; at the end, fail on any error in its console."""
    settings = {"locale": "en-US", "timezone_id": "UTC", "viewport": size, **options}
    context = browser.new_context(**settings)
    try:
        screen = Screen(context.new_page())
        yield screen
        screen.check(network=network)
    finally:
        context.close()
