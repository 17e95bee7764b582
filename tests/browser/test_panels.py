"""A panel is one file and one line of the registry; everything else follows from it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.screen import Screen
from tests.browser.scripted import ScriptedApp
from tests.conftest import ROOT

pytestmark = pytest.mark.browser

Open = Callable[..., Screen]

_FILES = sorted(path.stem for path in (ROOT / "static/panels").glob("*.js"))
# An object with `create` is a panel.
_KINDS = """async (files) => {
  const { PANELS } = await import("/static/panels/index.js");
  const kinds = [];
  for (const file of files) {
    for (const [name, one] of Object.entries(await import(`/static/panels/${file}.js`))) {
      if (one?.create instanceof Function) kinds.push([file, name, one.name, PANELS.includes(one)]);
    }
  }
  return [kinds, PANELS.map(({ name }) => name)];
}"""


def read_kinds(page: Page) -> tuple[list[tuple[str, str, str, bool]], list[str]]:
    kinds, registered = page.evaluate(_KINDS, [name for name in _FILES if name != "index"])
    return [tuple(kind) for kind in kinds], registered


def test_every_panel_has_its_line_in_the_registry(module_page: Page) -> None:
    kinds, registered = read_kinds(module_page)
    assert [kind[0] for kind in kinds if not kind[3]] == [], "not in panels/index.js"
    assert len(kinds) == len(registered) == len(set(registered))


def test_a_panel_is_called_as_its_file(module_page: Page) -> None:
    """This way, the name in an address leads to the file."""
    kinds, _ = read_kinds(module_page)
    assert [kind for kind in kinds if not kind[0] == kind[1] == kind[2]] == []


def test_the_page_shows_each_panel_alone(
    module_page: Page, scripted: ScriptedApp, open_window: Open
) -> None:
    _, registered = read_kinds(module_page)
    scripted.greet(donate_url="https://give.example")
    for name in registered:
        screen = open_window()
        screen.page.goto(f"{scripted.url}?lang=en&panels={name}")
        screen.wait_for_state("live")
        shown = screen.page.locator("#figures section:visible").evaluate_all(
            "(all) => all.map((one) => one.id)"
        )
        assert shown == [f"{name}-panel"]
        assert screen.page.locator(f"#{name}-panel h2").first.text_content() != ""


def test_the_help_page_offers_each_panel(
    module_page: Page, scripted: ScriptedApp, open_window: Open
) -> None:
    _, registered = read_kinds(module_page)
    scripted.greet()
    screen = open_window()
    screen.page.goto(f"{scripted.url}help")
    screen.wait("() => document.querySelector('#choice-board option')")
    boxes = screen.page.locator("[name=panels]")
    assert boxes.evaluate_all("(all) => all.map((one) => one.value)") == registered
    assert screen.page.inner_text("#all-panels") == f"panels={','.join(registered)}"
