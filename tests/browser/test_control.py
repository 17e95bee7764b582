"""The crew's choices are on every screen within a second, and end when they should."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from aggregates.control import control_key, encode_control_message
from aggregates.keys import CHANNEL
from aggregates.message import format_time
from tests.browser.screen import Screen
from tests.browser.scripted import ScriptedApp
from tests.browser.stage import Stage

pytestmark = pytest.mark.browser

Open = Callable[..., Screen]
IDLE = {"pin": "", "pin_until": None, "panels": None, "celebrate": None, "reload": None}
PLACES = {
    "wall": ({"width": 1920, "height": 1080}, ""),
    "upright": ({"width": 1080, "height": 1920}, ""),
    "square": ({"width": 1080, "height": 1080}, ""),
    "strip": ({"width": 1536, "height": 256}, ""),
    "phone": ({"width": 390, "height": 844}, ""),
    "overlay": ({"width": 1280, "height": 720}, "&overlay=1"),
}
TEXT = "The raffle closes at nine, at the table beside the stage"


def now(seconds: float = 0) -> str:
    return format_time(datetime.now(UTC) + timedelta(seconds=seconds))


def open_live(open_window: Open, app: ScriptedApp, query: str = "", **options: Any) -> Screen:
    live = {"state": "live", "live": True, "since": now(), "reason": "", "at": now(), "page": "p"}
    app.greet(status=live)
    screen = open_window(**options)
    screen.page.goto(f"{app.url}?lang=en{query}")
    screen.wait_for_state("live")
    return screen


def tell(stage: Stage, board: str, **said: Any) -> None:
    """Change the control as the crew's pages do."""
    text = json.dumps(IDLE | said)
    stage.redis.set(control_key(board), text)
    stage.redis.publish(CHANNEL, encode_control_message(board, text))


def test_two_screens_show_and_lose_what_the_crew_pins(
    stage: Stage, gala: str, open_window: Open
) -> None:
    screens = [open_window().show(stage, gala) for _ in range(2)]
    tell(stage, gala, pin="Raffle at nine")
    for screen in screens:
        screen.page.wait_for_function("() => pin.innerText === 'Raffle at nine'", timeout=5_000)
    late = open_window().show(stage, gala)
    late.wait("() => pin.innerText === 'Raffle at nine'")
    tell(stage, gala, pin="Gone soon", pin_until=now(1.5))
    for screen in (*screens, late):
        screen.wait("() => pin.innerText === 'Gone soon'")
    for screen in (*screens, late):
        screen.page.locator("#pin").wait_for(state="hidden", timeout=10_000)


@pytest.mark.parametrize("place", PLACES)
def test_a_pinned_message_is_whole_and_never_over_the_total(
    place: str, scripted: ScriptedApp, open_window: Open
) -> None:
    size, query = PLACES[place]
    screen = open_live(open_window, scripted, query, size=size)
    scripted.say("control", **IDLE | {"pin": TEXT})
    screen.wait("() => !pin.hidden")
    screen.page.wait_for_function("() => document.body.dataset.pinned === '1'")
    boxes = [screen.page.locator(one).bounding_box() for one in ("#pin", "#total", "#goal-percent")]
    pin, *figures = boxes
    assert pin is not None
    for figure in figures:
        assert figure is not None
        assert (
            pin["y"] + pin["height"] <= figure["y"] + 1
            or pin["y"] >= figure["y"] + figure["height"] - 1
        )
    assert screen.page.evaluate("pin.scrollWidth <= pin.clientWidth + 1")
    assert screen.page.evaluate("pin.scrollHeight <= pin.clientHeight + 1")
    if place != "phone":
        inside = "document.documentElement.scrollHeight <= innerHeight"
        assert screen.page.evaluate(inside)


def test_a_test_celebration_says_that_it_is_one(scripted: ScriptedApp, open_window: Open) -> None:
    screen = open_live(open_window, scripted)
    scripted.say("control", **IDLE | {"celebrate": {"id": "a1", "at": now()}})
    screen.page.locator("#celebration").wait_for(timeout=5_000)
    assert screen.page.inner_text("#celebration-title") == "This is a test"


@pytest.mark.parametrize("size", [(1920, 1080), (1536, 256), (1080, 1920)], ids=str)
def test_a_celebration_lies_beside_the_figure(
    size: tuple[int, int], scripted: ScriptedApp, open_window: Open
) -> None:
    screen = open_live(open_window, scripted, size={"width": size[0], "height": size[1]})
    scripted.say("control", **IDLE | {"celebrate": {"id": "a1", "at": now()}})
    screen.page.locator("#celebration").wait_for()
    message = screen.page.locator("#celebration .message").bounding_box()
    total = screen.page.locator("#total").bounding_box()
    assert message is not None
    assert total is not None
    # The figure's own width: its line is as wide as the panel.
    total["width"] = screen.page.evaluate(
        """() => {
          const range = document.createRange();
          range.selectNodeContents(document.getElementById("total"));
          return range.getBoundingClientRect().width;
        }"""
    )
    assert message["x"] > total["x"] + total["width"] or message["y"] > total["y"] + total["height"]


def test_a_screen_reloads_once_when_the_crew_asks(scripted: ScriptedApp, open_window: Open) -> None:
    screen = open_live(open_window, scripted)
    screen.page.evaluate("window.is_old = true")
    asked = IDLE | {"reload": {"id": "a1", "at": now()}}
    with screen.page.expect_navigation(timeout=10_000):
        scripted.greet(control=asked)
    screen.wait_for_state("live")
    assert screen.page.evaluate("window.is_old") is None
    screen.page.evaluate("window.is_new = true")
    scripted.say("control", **asked)
    scripted.say("control", **asked | {"pin": "still here"})
    screen.wait("() => pin.innerText === 'still here'")
    assert screen.page.evaluate("window.is_new")


def test_the_crews_panels_are_for_walls_and_come_and_go_without_a_reload(
    scripted: ScriptedApp, open_window: Open
) -> None:
    names = "() => document.body.dataset.panels"
    wall = open_live(open_window, scripted, "&panels=total,bars")
    phone = open_live(open_window, scripted, size={"width": 390, "height": 844})
    overlay = open_live(open_window, scripted, "&overlay=1", size={"width": 1280, "height": 720})
    usual = [screen.page.evaluate(names) for screen in (wall, phone, overlay)]
    assert usual[0] == "total bars"
    scripted.say("control", **IDLE | {"panels": ["ticker", "goal", "nonsense"]})
    wall.wait("() => document.body.dataset.panels === 'goal ticker'")
    assert wall.page.locator("#ticker li").count() > 0
    assert [phone.page.evaluate(names), overlay.page.evaluate(names)] == usual[1:]
    scripted.say("control", **IDLE | {"panels": ["nonsense"]})
    wall.wait("() => document.body.dataset.panels === 'total bars'")
    scripted.say("control", **IDLE)
    wall.wait("() => document.body.dataset.panels === 'total bars'")
