"""Opens the display with figures that a scripted server calls live."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from aggregates.message import format_time
from tests.browser.screen import Screen
from tests.browser.scripted import ScriptedApp

Open = Callable[..., Screen]


def now(seconds: float = 0) -> str:
    """Return the time in so many seconds, as events tell times."""
    return format_time(datetime.now(UTC) + timedelta(seconds=seconds))


def open_live(
    open_window: Open,
    app: ScriptedApp,
    query: str = "",
    size: tuple[int, int] = (1920, 1080),
    **greeting: Any,
) -> Screen:
    live = {"state": "live", "live": True, "since": now(), "reason": "", "at": now(), "page": "p"}
    app.greet(status=live, **greeting)
    screen = open_window(size={"width": size[0], "height": size[1]})
    screen.page.goto(f"{app.url}?lang=en{query}")
    screen.wait_for_state("live")
    return screen


def open_still(open_window: Open, app: ScriptedApp, query: str, size: dict[str, int]) -> Screen:
    """Open the display with the figures of the greeting, and wait until nothing moves."""
    screen = open_window(size=size)
    screen.page.goto(f"{app.url}?lang=en&{query}")
    screen.wait_for_a_figure()
    screen.wait("() => document.getAnimations().every((one) => one.playState !== 'running')")
    return screen
