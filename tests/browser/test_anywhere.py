"""The display works below any path, and says so in a browser where it cannot work."""

from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser

from tests.browser.screen import Screen
from tests.browser.scripted import ScriptedApp
from tests.conftest import ROOT

pytestmark = pytest.mark.browser

Open = Callable[..., Screen]

_SAID = "() => [...document.querySelectorAll('.cannot')].filter((one) => one.checkVisibility())"
_LANGUAGES = f"({_SAID})().map((one) => one.lang || 'en')"


@pytest.fixture
def below() -> Iterator[ScriptedApp]:
    """Return a web app behind a proxy that adds a path."""
    app = ScriptedApp("/events-2026/live/")
    app.greet()
    yield app
    app.close()


def test_all_works_below_a_path(below: ScriptedApp, open_window: Open) -> None:
    screen = open_window()
    screen.page.goto(f"{below.url}?lang=en")
    screen.wait_for_state("live")
    screen.wait_for_total("$41,250.50")
    screen.page.click("#boards-link")
    screen.wait("() => document.querySelector('.cards .total')?.innerText === '$41,250.50'")
    screen.page.click(".cards a")
    screen.wait_for_state("live")
    screen.page.click("#help-link")
    screen.wait("() => document.querySelector('#choice-board option')")
    assert (screen.page.get_attribute("#link", "href") or "").startswith(below.url)
    screen.wait("(url) => document.getElementById('preview-page').src.startsWith(url)", below.url)
    assert below.asked
    assert [path for path in below.asked if not path.startswith("/events-2026/live/")] == []


@pytest.mark.parametrize(
    ("size", "query", "kind"),
    [
        ((1920, 1080), "", "wall"),
        ((1080, 1920), "", "wall"),
        ((390, 844), "", "phone"),
        ((1280, 720), "&overlay=1", "overlay"),
    ],
)
def test_the_server_is_told_what_kind_of_screen_this_is(
    size: tuple[int, int], query: str, kind: str, scripted: ScriptedApp, open_window: Open
) -> None:
    scripted.greet()
    screen = open_window(size={"width": size[0], "height": size[1]})
    screen.page.goto(f"{scripted.url}?board=fundraiser{query}")
    screen.wait_for_state("live")
    [stream] = [path for path in scripted.asked if "/events" in path]
    assert parse_qs(urlsplit(stream).query) == {"board": ["fundraiser"], "as": [kind]}


@pytest.mark.parametrize("page", ["", "boards", "help"])
def test_a_browser_without_scripts_is_told(
    page: str, browser: Browser, scripted: ScriptedApp
) -> None:
    context = browser.new_context(java_script_enabled=False)
    try:
        shown = context.new_page()
        shown.goto(f"{scripted.url}{page}")
        told = shown.locator("noscript .cannot")
        assert told.count() == 6
        assert all(one.is_visible() for one in told.all())
    finally:
        context.close()


@pytest.mark.parametrize("page", ["", "boards", "help"])
def test_a_page_whose_script_does_not_start_says_so(
    page: str, browser: Browser, scripted: ScriptedApp
) -> None:
    context = browser.new_context()
    try:
        shown = context.new_page()
        # An old browser cannot load the modules; to the page, they are missing.
        shown.route("**/static/dom.js", lambda route: route.fulfill(status=404))
        shown.goto(f"{scripted.url}{page}")
        shown.wait_for_function(f"() => ({_SAID})().length > 0")
        assert shown.evaluate(_LANGUAGES) == ["en", "de", "ar", "fr", "he", "ja"]
    finally:
        context.close()


def test_a_page_that_starts_does_not_say_so(scripted: ScriptedApp, open_window: Open) -> None:
    scripted.greet()
    screen = open_window()
    for page in ("", "boards", "help"):
        screen.page.goto(f"{scripted.url}{page}", wait_until="load")
        screen.wait("() => document.documentElement.dataset.started")
        assert screen.page.evaluate(_LANGUAGES) == []


def test_what_says_so_can_be_read_by_an_old_browser() -> None:
    script = (ROOT / "static" / "cannot_start.js").read_text("utf-8")
    code = script.partition("*/")[2]
    for new in ("=>", "const ", "let ", "`", "?.", "??", "class ", "import ", "..."):
        assert new not in code
