"""The crew's choices reach every screen within a second, and end when they should."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from aggregates.control import Control, control_key, decode_control
from aggregates.held_panels import panels_key
from aggregates.keys import CHANNEL
from crew.control import Screens, pin_message
from tests.aggregates.panels import hold_panels, make_panel
from tests.conftest import ROOT, free_port
from tests.crew.conftest import OpenOffice
from tests.crew.office import Helper, Office
from tests.waiting import wait_for
from tests.webapp.serving import serve


@pytest.fixture
def channel(redis: Redis) -> Iterator[Any]:
    with redis.pubsub(ignore_subscribe_messages=True) as heard:
        heard.subscribe(CHANNEL)
        heard.get_message(timeout=5)
        yield heard


def hear(channel: Any, board: str) -> Control:
    while True:
        message = channel.get_message(timeout=5)
        assert message is not None, "nothing was published"
        told = json.loads(message["data"])
        if told["board"] == board and "control" in told:
            return decode_control(told["control"])


def press(helper: Helper, what: str, **fields: Any) -> Any:
    form = helper.fill(helper.get("control"), "control")
    form.pop("panel", None)
    return helper.send("control", form | fields | {"what": what})


def test_a_message_is_published_and_kept_for_screens_that_come_later(
    office: Office, ana: Helper, redis: Redis, channel: Any
) -> None:
    reply = press(ana, "pin", pin="  Dinner\u202e is  served ", minutes="5")
    assert reply.status_code == 303
    told = hear(channel, office.board.name)
    assert told.pin == "Dinner is served"
    assert told.pin_until is not None
    left = datetime.fromisoformat(told.pin_until) - datetime.now(UTC)
    assert timedelta(minutes=4) < left <= timedelta(minutes=5)
    kept: Any = redis.get(control_key(office.board.name))
    assert decode_control(kept) == told
    assert "Dinner is served" in ana.get("control")


def test_a_message_whose_time_is_over_is_gone(redis: Redis, office: Office, ana: Helper) -> None:
    long_ago = datetime(2026, 1, 1, tzinfo=UTC)
    Screens(redis).tell(office.board.name, pin_message("Old news", 1, long_ago))
    assert "Old news" not in ana.get("control")
    press(ana, "celebrate")
    assert Screens(redis).read(office.board.name).pin == ""


def test_each_button_changes_its_own_thing(
    office: Office, ana: Helper, redis: Redis, channel: Any
) -> None:
    press(ana, "pin", pin="Hello", minutes="")
    press(ana, "panels", panel=["ticker", "total", "nonsense"])
    press(ana, "celebrate")
    press(ana, "reload")
    told = [hear(channel, office.board.name) for _ in range(4)][-1]
    assert (told.pin, told.pin_until, told.panels) == ("Hello", None, ("total", "ticker"))
    assert told.celebrate is not None
    assert told.reload is not None
    assert told.celebrate[0] != told.reload[0]
    press(ana, "unpin")
    press(ana, "own")
    told = [hear(channel, office.board.name) for _ in range(2)][-1]
    assert (told.pin, told.panels) == ("", None)


def test_stored_queries_that_are_panels_are_offered_by_their_titles(
    open_office: OpenOffice, redis_url: str, redis: Redis, channel: Any, tmp_path: Path
) -> None:
    port = free_port()
    office = open_office(f"http://127.0.0.1:{port}")
    board, ana = office.board.name, office.let_in()
    assert 'value="query-' not in ana.get("control"), "the display does not answer"
    text = (ROOT / "boards/fundraiser.toml").read_text("utf-8")
    (tmp_path / f"{board}.toml").write_text(text, "utf-8")
    redis.hset(panels_key(board), mapping=hold_panels(make_panel(title="<b>Gifts</b> by table")))
    try:
        with serve(redis_url, tmp_path, port=port):
            wait_for(lambda: 'value="query-by-table">' in ana.get("control"))
            page = ana.get("control")
            assert 'value="bars" checked>' in page
            assert "&lt;b&gt;Gifts&lt;/b&gt; by table" in page
            press(ana, "panels", panel=["total", "query-by-table", "query-<b>"])
            assert hear(channel, board).panels == ("total", "query-by-table")
            assert 'value="query-by-table" checked>' in ana.get("control")
    finally:
        redis.unlink(panels_key(board))


@pytest.mark.parametrize(
    ("what", "fields"),
    [
        ("pin", {"pin": "   "}),
        ("pin", {"pin": "x" * 141}),
        ("pin", {"pin": "x", "minutes": "0"}),
        ("pin", {"pin": "x", "minutes": "1e9"}),
        ("pin", {"pin": "x", "minutes": "²"}),
        ("panels", {"panel": []}),
        ("panels", {"panel": ["nonsense"]}),
        ("shutdown", {}),
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(
    office: Office, ana: Helper, redis: Redis, what: str, fields: dict[str, Any]
) -> None:
    assert press(ana, what, **fields).status_code == 422
    assert redis.get(control_key(office.board.name)) is None


@pytest.mark.parametrize("kept", ["", "null", "[]", '{"panels": 5}', '{"pin_until": "soon"}'])
def test_a_control_that_cannot_be_read_is_as_none(
    office: Office, ana: Helper, redis: Redis, kept: str
) -> None:
    redis.set(control_key(office.board.name), kept)
    ana.get("control")
    press(ana, "reload")
    assert Screens(redis).read(office.board.name).reload is not None
