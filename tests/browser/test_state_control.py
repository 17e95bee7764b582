"""What the crew says reaches a screen's state once."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.browser.examples import example
from tests.browser.reduced import (
    NOW_MS,
    Event,
    Json,
    Reduce,
    shown,
    snapshot,
)

pytestmark = pytest.mark.browser


def control(now_ms: int = NOW_MS, **changes: Any) -> Event:
    idle = example("snapshot")["control"]
    return {"type": "control", "data": {**idle, **changes}, "now_ms": now_ms}


def pulse(id_: str, ago_ms: int = 0) -> Json:
    at = datetime.fromtimestamp((NOW_MS - ago_ms) / 1000, UTC)
    return {"id": id_, "at": at.isoformat()}


def test_a_test_celebration_is_one_and_comes_once(run: Reduce) -> None:
    asked = control(celebrate=pulse("a1"))
    state = run(snapshot(), asked, asked, control(celebrate=pulse("a1"), pin="hello"))
    assert state["celebration"]["test"] is True
    assert state["celebration"]["serial"] == 1
    assert run(snapshot(), asked, control(celebrate=pulse("b2")))["celebration"]["serial"] == 2


def test_what_was_asked_more_than_half_a_minute_ago_is_skipped(run: Reduce) -> None:
    state = run(snapshot(), control(celebrate=pulse("a1", 31_000), reload=pulse("b", 31_000)))
    assert (state["celebration"], state["reload_asked"]) == (None, False)
    assert run(snapshot(), control(reload=pulse("b", 29_000)))["reload_asked"] is True


def test_a_page_that_is_loaded_just_now_neither_celebrates_nor_loads_again(run: Reduce) -> None:
    """Otherwise it would keep reloading until the request expires."""
    told = control(celebrate=pulse("a1"), reload=pulse("b"))
    for state in (run(snapshot(control=told["data"])), run(told, snapshot(control=told["data"]))):
        assert (state["celebration"], state["reload_asked"]) == (None, False)


def test_a_pinned_message_ends_by_the_servers_clock(call: Callable[..., Any]) -> None:
    until = "2026-11-21T21:00:00.000Z"
    end_ms = 1_795_294_800_000
    pinned = {**example("snapshot")["control"], "pin": "hello", "pin_until": until}
    assert call("control.pinnedText", pinned, end_ms - 1) == "hello"
    assert call("control.pinnedText", pinned, end_ms) == ""
    assert call("control.pinnedText", {**pinned, "pin_until": None}, end_ms) == "hello"
    assert call("control.pinnedText", None, end_ms) == ""


def test_what_the_crew_says_is_not_kept_with_the_figures(run: Reduce) -> None:
    state = run(snapshot())
    assert "control" not in shown(state)
    assert state["control"] == example("snapshot")["control"]
