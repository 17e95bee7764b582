"""A board's look is there at the first paint."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.aggregates.look_files import SVG
from tests.browser.screen import Screen
from tests.browser.scripted import ScriptedApp
from tests.browser.stage import Stage
from tests.conftest import ROOT
from tests.webapp.looks import dressed
from webapp.look import Faces

pytestmark = pytest.mark.browser

Open = Callable[..., Screen]

_LOGO = SVG.replace(b"<svg ", b'<svg width="40" height="20" ')
_GROUND = "() => getComputedStyle(document.body).backgroundColor"
_DARK, _NAVY = "rgb(11, 16, 24)", "rgb(16, 20, 43)"


def dress(app: ScriptedApp, folder: Path, **look: object) -> dict[str, object]:
    """Have the app serve a look's files; return the look's description in a snapshot."""
    (folder / "logo.svg").write_bytes(_LOGO)
    face = Faces(ROOT / "static").get(dressed(folder, logo="logo.svg", **look))
    app.files |= {f"look/{name}": found for name, found in face.served.items()}
    assert face.json is not None
    return face.json


def open_live(open_window: Open, app: ScriptedApp, query: str = "") -> Screen:
    screen = open_window()
    screen.page.goto(f"{app.url}?lang=en{query}")
    screen.wait_for_state("live")
    return screen


def test_a_board_with_a_look_is_painted_in_it(
    scripted: ScriptedApp, open_window: Open, tmp_path: Path
) -> None:
    look = dress(
        scripted,
        tmp_path,
        ground="#10142b",
        sponsors=("logo.svg", "logo.svg"),
        groups=(("Facebook", "#e05050"),),
    )
    scripted.greet(look=look)
    screen = open_live(open_window, scripted)
    screen.wait(f"() => ({_GROUND})() === '{_NAVY}'")
    images = "[...document.images].filter((one) => one.hasAttribute('src'))"
    screen.wait(f"() => {images}.every((one) => one.complete && one.naturalWidth > 0)")
    assert screen.page.locator("#sponsors img").count() == 2
    assert screen.page.locator("#logo").is_visible()
    fills = screen.page.locator("#bars [data-group=Facebook] .fill")
    assert fills.evaluate("(one) => getComputedStyle(one).backgroundColor") == "rgb(224, 80, 80)"
    mark = "(one) => getComputedStyle(one, '::before').backgroundColor"
    assert screen.page.locator("#ticker li").first.evaluate(mark) == "rgb(224, 80, 80)"


def test_a_look_that_changes_is_worn_without_a_reload_and_taken_off_again(
    scripted: ScriptedApp, open_window: Open, tmp_path: Path
) -> None:
    scripted.greet(look=dress(scripted, tmp_path, ground="#10142b"))
    screen = open_live(open_window, scripted)
    screen.wait(f"() => ({_GROUND})() === '{_NAVY}'")
    scripted.greet(look=dress(scripted, tmp_path, ground="#ffffff"))
    screen.wait(f"() => ({_GROUND})() === 'rgb(255, 255, 255)'")
    assert screen.page.evaluate("document.documentElement.dataset.theme") == "light"
    scripted.greet(look=None)
    screen.wait(f"() => ({_GROUND})() === '{_DARK}'")
    assert screen.page.locator("#logo").is_hidden()


def test_the_chart_is_drawn_again_in_the_colours_of_a_new_look(
    scripted: ScriptedApp, open_window: Open, tmp_path: Path
) -> None:
    scripted.greet()
    screen = open_live(open_window, scripted)
    screen.page.evaluate(
        """() => {
          const stroke = CanvasRenderingContext2D.prototype.stroke;
          window.strokes = new Set();
          CanvasRenderingContext2D.prototype.stroke = function () {
            strokes.add(this.strokeStyle);
            stroke.call(this);
          };
        }"""
    )
    scripted.greet(look=dress(scripted, tmp_path, accent="#ff44dd"))
    screen.wait("() => strokes.has('#ff44dd')")


def test_an_address_that_asks_for_a_theme_has_its_colours_and_the_events_logo(
    scripted: ScriptedApp, open_window: Open, tmp_path: Path
) -> None:
    scripted.greet(look=dress(scripted, tmp_path, ground="#10142b"))
    screen = open_live(open_window, scripted, "&theme=contrast")
    screen.page.locator("#logo").wait_for()
    screen.wait("() => document.getElementById('look').sheet !== null")
    assert screen.page.evaluate(_GROUND) == "rgb(0, 0, 0)"


def test_the_real_page_comes_with_its_look_and_its_policy_lets_it(
    own_stage: Stage, open_window: Open
) -> None:
    board = own_stage.write_board("gala")
    folder = own_stage.folder / board
    folder.mkdir()
    (folder / "logo.svg").write_bytes(_LOGO)
    with (own_stage.folder / f"{board}.toml").open("a") as file:
        file.write('[look]\nground = "#10142b"\nlogo = "logo.svg"\nbackground = "logo.svg"\n')
    own_stage.give(board, "Phone", 25)
    own_stage.prove(board)
    own_stage.start()
    screen = open_window()
    colours = """addEventListener("DOMContentLoaded", () =>
      window.first = getComputedStyle(document.documentElement).getPropertyValue("--ground"));"""
    screen.page.add_init_script(colours)
    screen.show(own_stage, board).wait_for_state("live")
    assert screen.page.evaluate("first").strip() == "#10142b"
    assert "look/" in screen.page.evaluate("getComputedStyle(document.body).backgroundImage")
    assert screen.page.evaluate("logo.naturalWidth") == 40


def test_the_custom_css_of_obs_works_in_an_overlay_and_nowhere_else(
    own_stage: Stage, own_gala: str, open_window: Open
) -> None:
    style = """() => {
      const style = document.createElement("style");
      style.textContent = "#title { color: rgb(1, 2, 3) !important }";
      document.head.append(style);
      return getComputedStyle(title).color;
    }"""
    overlay = open_window().show(own_stage, own_gala, "&overlay=1")
    assert overlay.page.evaluate(style) == "rgb(1, 2, 3)"
    wall = open_window().show(own_stage, own_gala)
    assert wall.page.evaluate(style) != "rgb(1, 2, 3)"
    assert len(wall.troubles) > 0
    wall.troubles.clear()
