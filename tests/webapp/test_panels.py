"""Panels of stored queries reach screens, grow old by age, and affect nothing else."""

import json
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from redis import Redis

from aggregates.board import Board
from aggregates.held_panels import encode_panel_message, panels_key
from aggregates.keys import CHANNEL
from aggregates.panel import Panel, encode_panel
from tests.aggregates.panels import hold_panels, make_panel
from tests.webapp.feeds import held, make_feed
from tests.webapp.hub_screens import NAME, Clock, join, make_hub
from tests.webapp.trial import Trial
from webapp import listener as listening
from webapp import panels as module
from webapp.panels import Panels

pytestmark = pytest.mark.anyio

NOW_MS = 1_795_287_851_000


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Return the clock of the panels."""
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    return clock


def fields(*panels: Panel, age_ms: int = 0, now_ms: int = NOW_MS) -> dict[bytes, bytes]:
    """Return the fields of a key that has the panels, renewed so long ago."""
    return hold_panels(*panels, renewed_ms=now_ms - age_ms)


def told(events: bytes) -> list[dict[str, Any]]:
    """Return the data of events, which are all panels."""
    found = []
    for block in events.decode().split("\n\n")[:-1]:
        name, data = block.split("\n")
        assert name == "event: panel"
        found.append(json.loads(data.removeprefix("data: ")))
    return found


def states(panels: Panels) -> list[str]:
    return [one["state"] for one in told(panels.take())]


def test_a_panel_is_told_when_it_is_another_one_and_not_when_it_is_renewed(clock: Clock) -> None:
    panels = Panels()
    panels.accept_fields(fields(make_panel()), NOW_MS)
    [first] = told(panels.take())
    assert first == make_panel().json() | {"rows": [["Table 7", 12, 180_050], [None, 1.5, None]]}
    clock.seconds += 5
    panels.accept_fields(fields(make_panel(), now_ms=NOW_MS + 5_000), NOW_MS + 5_000)
    assert panels.take() == b""
    panels.accept_fields(fields(make_panel(rows=())), NOW_MS)
    assert [one["rows"] for one in told(panels.take())] == [[]]
    assert [one["rows"] for one in told(panels.greeting)] == [[]]


def test_an_answer_that_nobody_renews_is_away_after_fifteen_seconds_and_says_since_when(
    clock: Clock,
) -> None:
    changes = []
    panels = Panels(lambda: changes.append(1))
    panels.accept_fields(fields(make_panel(), age_ms=4_000), NOW_MS)
    assert states(panels) == ["live"]
    clock.seconds += 10.9
    panels.judge()
    assert panels.take() == b""
    clock.seconds += 0.2
    panels.judge()
    [away] = told(panels.take())
    assert (away["state"], away["rows"]) == ("away", [["Table 7", 12, 180_050], [None, 1.5, None]])
    assert away["since"] != make_panel().since
    clock.seconds += 60
    panels.judge()
    assert panels.take() == b"", "it is away since the same time"
    assert len(changes) == 2
    panels.accept_fields(fields(make_panel(), now_ms=NOW_MS + 75_000), NOW_MS + 75_000)
    assert told(panels.take())[0]["since"] == make_panel().since


def test_an_old_answer_that_is_found_at_the_start_is_not_live(clock: Clock) -> None:
    panels = Panels()
    panels.accept_fields(fields(make_panel(), age_ms=3_600_000), NOW_MS)
    assert states(panels) == ["away"]


def test_a_clock_that_was_set_back_makes_no_answer_young(clock: Clock) -> None:
    """Another Redis may take over, whose clock is behind: a renewal stays as old as it is."""
    panels = Panels()
    kept = fields(make_panel())
    for _ in range(9):
        panels.accept_fields(kept, NOW_MS - 3_600_000)
        clock.seconds += 2
    assert states(panels) == ["away"]


def test_what_a_machine_has_slept_through_counts(clock: Clock) -> None:
    """A process' own clock stands still meanwhile; Redis' does not."""
    panels = Panels()
    kept = fields(make_panel())
    panels.accept_fields(kept, NOW_MS)
    panels.accept_fields(kept, NOW_MS + 3_600_000)
    assert states(panels) == ["away"]


def test_a_panel_that_redis_has_no_more_is_gone_once_it_is_old(clock: Clock) -> None:
    panels = Panels()
    panels.accept_fields(fields(make_panel()), NOW_MS)
    panels.accept_fields({}, NOW_MS)
    assert states(panels) == ["live"]
    clock.seconds += 15
    panels.accept_fields({}, NOW_MS + 15_000)
    assert told(panels.take()) == [{"name": "by-table", "state": "gone"}]
    assert (panels.greeting, panels.list_json()) == (b"", [])


def test_a_late_message_does_not_replace_a_newer_answer(clock: Clock) -> None:
    panels = Panels()
    newer = make_panel(at="2026-11-21T19:05:00.000Z")
    panels.accept_fields(fields(newer), NOW_MS)
    panels.take()
    panels.accept_text(encode_panel(make_panel(rows=())).encode())
    assert panels.take() == b""
    panels.accept_text(encode_panel(replace(newer, rows=())).encode())
    assert [one["rows"] for one in told(panels.take())] == [[]]


def test_messages_of_many_names_are_not_kept(clock: Clock) -> None:
    panels = Panels()
    for number in range(100):
        panels.accept_text(encode_panel(make_panel(name=f"q{number}")).encode())
    assert len(panels.list_json()) == 8


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text[:-1],
        lambda text: text.replace(b'"live"', b'"away"'),
        lambda text: text.replace(b"by-table", b"by-chair"),
        lambda text: text.replace(b"[", b"[" * 4_000),
        lambda text: text + b" " * 8_000,
    ],
)
def test_an_answer_of_another_form_is_as_if_it_were_not_renewed(
    spoil: Callable[[bytes], bytes], clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    panels = Panels()
    good = fields(make_panel(), make_panel(name="other"))
    panels.accept_fields(good, NOW_MS)
    panels.take()
    bad = good | {b"by-table": spoil(good[b"by-table"])}
    for second in range(20):
        clock.seconds += 1
        later = bad | {b"@other": str(NOW_MS + second * 1_000).encode()}
        panels.accept_fields(later, NOW_MS + second * 1_000)
    assert [(one["name"], one["state"]) for one in told(panels.take())] == [("by-table", "away")]
    assert all(len(record.getMessage()) <= 200 for record in caplog.records)
    assert "the panel by-table was skipped" in caplog.text


def test_a_board_without_panels_sends_what_it_always_sent() -> None:
    hub, feed = make_hub()
    assert join(hub).events == ["snapshot", "status"]
    feed.panels.accept_fields({}, NOW_MS)
    assert (feed.panels.greeting, feed.take_frame()) == (b"", None)


async def test_a_screen_is_greeted_with_the_panels_and_told_of_each_change() -> None:
    hub, feed = make_hub()
    early = join(hub)
    feed.panels.accept_text(encode_panel(make_panel()).encode())
    await hub._tell(NAME, heartbeat=False)
    assert early.events == ["snapshot", "status", "panel"]
    late = join(hub)
    assert late.events == ["snapshot", "panel", "status"]
    assert feed.state is not None
    assert join(hub, feed.state.id).events == ["control", "panel", "status"]
    assert join(hub).taken[0] is late.taken[0], "one frame for all who come"
    feed.panels.accept_text(encode_panel(make_panel(name="other")).encode())
    await hub._tell(NAME, heartbeat=False)
    assert late.events == ["snapshot", "panel", "status", "panel"]
    assert join(hub).events == ["snapshot", "panel", "panel", "status"]


def test_a_redis_that_is_away_makes_panels_old_as_well(clock: Clock) -> None:
    feed = make_feed(held())
    feed.panels.accept_text(encode_panel(make_panel()).encode())
    clock.seconds += 16
    feed.set_offline()
    assert b'"away"' in (feed.take_frame() or b"")


# On a real Redis


@pytest.fixture
def trial(redis: Redis, redis_url: str, make_board: Callable[..., Board]) -> Trial:
    return Trial(redis, redis_url, make_board(), make_board())


def keep(trial: Trial, board: Board, panel: Panel) -> None:
    """Have Redis hold a panel as the service does."""
    seconds, micros = trial.redis.time()
    now_ms = int(seconds) * 1000 + int(micros) // 1000
    trial.redis.hset(panels_key(board.name), mapping=fields(panel, now_ms=now_ms))  # type: ignore[arg-type]


def title(trial: Trial, board: Board) -> str:
    shown = trial.feeds[board.name].panels.list_json()
    return str(shown[0]["title"]) if shown else ""


@pytest.mark.redis
async def test_panels_are_read_at_the_start_and_when_a_message_was_lost(
    trial: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "CHECK_SECONDS", 0.1)
    one, other = trial.boards
    try:
        keep(trial, one, make_panel(title="before"))
        async with trial.listening():
            await trial.wait(lambda: title(trial, one) == "before")
            keep(trial, one, make_panel(title="after"))
            await trial.wait(lambda: title(trial, one) == "after")
            assert title(trial, other) == ""
            await trial.wait_until_live()
    finally:
        trial.redis.unlink(panels_key(one.name))


@pytest.mark.redis
async def test_a_panel_is_heard_at_once_and_messages_that_are_none_hurt_nothing(
    trial: Trial, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(listening, "CHECK_SECONDS", 60)
    one, other = trial.boards
    whole = encode_panel(make_panel())
    async with trial.listening():
        await trial.wait_until_live()
        with caplog.at_level(logging.WARNING, "tallyboard"):
            for text in ("{", "[" * 7_000, whole[:-1], whole.replace('"Table 7"', "{}")):
                trial.redis.publish(CHANNEL, encode_panel_message(one.name, text))
            trial.redis.publish(CHANNEL, '{"panel":')
            trial.redis.publish(CHANNEL, '{"panel":"' + "x" * 100_000 + '"}')
            trial.redis.publish(CHANNEL, encode_panel_message("no-such-board", whole))
            trial.redis.publish(CHANNEL, encode_panel_message(one.name, whole))
            await trial.wait(lambda: title(trial, one) == "Gifts by table", seconds=2)
        assert title(trial, other) == ""
        trial.give(one)
        await trial.wait(lambda: trial.count(one) == 2)
        assert all(feed.live for feed in trial.feeds.values())
    assert all(len(record.getMessage()) <= 200 for record in caplog.records)


@pytest.mark.redis
async def test_a_key_of_another_type_leaves_the_figures_live(trial: Trial) -> None:
    one, _ = trial.boards
    try:
        trial.redis.set(panels_key(one.name), "x")
        async with trial.listening():
            await trial.wait_until_live()
            assert trial.feeds[one.name].panels.list_json() == []
    finally:
        trial.redis.unlink(panels_key(one.name))
