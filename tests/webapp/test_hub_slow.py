"""Clients that are behind, or take nothing, hold up nobody."""

import asyncio
from functools import partial

import pytest

import webapp.audience
import webapp.hub
from tests.webapp.hub_screens import (
    NAME,
    Clock,
    join,
    make_hub,
    running,
    several_ticks,
    until,
)
from tests.webapp.states import message, sums
from webapp.audience import DROP_SECONDS, FRAME_SECONDS
from webapp.frame import Frame

pytestmark = pytest.mark.anyio


async def test_a_slow_client_gets_a_snapshot_not_a_queue(clock: Clock) -> None:
    hub, feed = make_hub()
    slow, quick = join(hub), join(hub)

    def is_last(event_id: bytes) -> bool:
        return event_id in quick.taken[-1].events

    async with running(hub):
        slow.is_open = False
        for version in range(8, 18):
            feed.accept_message(message(version, totals={"ALL": sums(version, version)}))
            await until(partial(is_last, f"id: e1-{version}\n".encode()))
        assert slow.events == ["snapshot", "status", "update"]
        slow.open()
        await until(lambda: len(slow.taken) == 3)
        await several_ticks()
        assert slow.events == ["snapshot", "status", "update", "snapshot", "status"]
        assert b"id: e1-17\n" in slow.taken[-1].events
        feed.accept_message(message(18))
        await until(lambda: b"id: e1-18\n" in slow.taken[-1].events)
    assert slow.events[-1] == "update"
    assert quick.events == ["snapshot", "status"] + 11 * ["update"]
    audience = hub.audiences[NAME]
    assert (audience.skipped, audience.dropped) == (1, 0)


async def test_others_hear_of_a_change_at_once_while_a_client_is_behind(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub, feed = make_hub()
    slow, quick = join(hub), join(hub)
    slow.is_open = False

    def has_taken(frames: int) -> bool:
        return len(quick.taken) == frames

    async with running(hub):
        for version in (8, 9):  # it holds the first and misses the second
            feed.accept_message(message(version))
            await until(partial(has_taken, version - 6))
        assert hub.audiences[NAME].behind
        monkeypatch.setattr(webapp.hub, "TICK_SECONDS", 3600.0)
        await several_ticks()
        feed.accept_message(message(10))
        await until(partial(has_taken, 4))


async def test_a_client_that_was_behind_is_told_soon_though_nothing_changes(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It used to wait for the next change or heartbeat: up to ten seconds with old figures."""
    monkeypatch.setattr(webapp.hub, "HEARTBEAT_SECONDS", 3600.0)
    hub, feed = make_hub()
    slow = join(hub)
    async with running(hub), asyncio.timeout(5):
        slow.is_open = False
        for version in (8, 9):
            feed.accept_message(message(version))
            await until(lambda: not feed._frames._is_stale)
            await several_ticks()
        await until(lambda: hub.audiences[NAME].behind)
        await asyncio.sleep(2 * webapp.hub.TICK_SECONDS)
        slow.open()
        await until(lambda: "snapshot" in slow.events[1:])


async def test_no_snapshot_is_encoded_while_nobody_can_take_one(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub, feed = make_hub()
    stuck = join(hub)
    made: list[str] = []
    make_snapshot = hub._make_snapshot

    def count(board: str) -> Frame:
        made.append(board)
        return make_snapshot(board)

    monkeypatch.setattr(hub, "_make_snapshot", count)
    async with running(hub):
        stuck.is_open = False
        for version in (8, 9):
            feed.accept_message(message(version))
            await several_ticks()
        await until(lambda: hub.audiences[NAME].behind)
        await several_ticks()
        assert made == []
        stuck.open()
        await until(lambda: made)
    assert len(made) == 1


async def test_clients_that_are_behind_hold_one_snapshot_together(clock: Clock) -> None:
    hub, _ = make_hub()
    slow = [join(hub) for _ in range(100)]
    assert len({id(screen.taken[0]) for screen in slow}) <= 2  # one is encoded each second


async def test_a_client_that_takes_a_frame_byte_by_byte_is_dropped_too(clock: Clock) -> None:
    hub, feed = make_hub()
    dripping, quick = join(hub), join(hub)
    dripping.is_open = False
    async with running(hub):
        for version in (8, 9):
            feed.accept_message(message(version))
            await until(partial(lambda count: len(quick.taken) == count, version - 6))
        for _ in range(int(FRAME_SECONDS / 20)):
            clock.seconds += 20
            dripping.blocked_since = clock.seconds
            await several_ticks()
        assert not dripping.dropped
        clock.seconds += 20
        dripping.blocked_since = clock.seconds
        await until(lambda: dripping.dropped)
    assert not quick.dropped


async def test_a_client_that_takes_nothing_is_dropped_after_a_while(clock: Clock) -> None:
    hub, feed = make_hub()
    stuck, quick = join(hub), join(hub)
    stuck.is_open = False
    async with running(hub):
        feed.accept_message(message(8))
        await until(lambda: len(quick.taken) == 2)
        clock.seconds += DROP_SECONDS
        await several_ticks()
        assert len(hub.audiences[NAME].clients) == 2
        clock.seconds += 0.001
        await until(lambda: len(hub.audiences[NAME].clients) == 1)
        await several_ticks()
    assert hub.audiences[NAME].dropped == 1
    assert "snapshot" not in quick.events[2:]
