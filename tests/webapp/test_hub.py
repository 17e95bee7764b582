"""Every client gets the same bytes; a slow one gets fewer frames and delays nobody."""

import asyncio
import re

import pytest

import webapp.audience
import webapp.hub
from tests.webapp.hub_screens import (
    NAME,
    Clock,
    Screen,
    join,
    make_hub,
    running,
    several_ticks,
    until,
)
from tests.webapp.states import AT, SERVER, message, proof, snapshot, sums
from webapp.hub import HEARTBEAT_SECONDS

pytestmark = pytest.mark.anyio


async def test_a_new_client_is_told_the_state_and_its_status() -> None:
    hub, _ = make_hub()
    screen = join(hub)
    assert screen.events == ["snapshot", "status"]


@pytest.mark.parametrize(
    ("last_event_id", "events"),
    [
        ("e1-7", ["control", "status"]),
        ("e1-6", ["snapshot", "status"]),
        ("e2-7", ["snapshot", "status"]),
        ("", ["snapshot", "status"]),
    ],
)
def test_only_a_client_that_knows_the_state_is_spared_the_snapshot(
    last_event_id: str, events: list[str]
) -> None:
    hub, _ = make_hub()
    assert join(hub, last_event_id).events == events


async def test_a_client_of_a_board_without_figures_gets_them_as_soon_as_there_are_some(
    clock: Clock,
) -> None:
    hub, feed = make_hub(counted=False)
    screen = join(hub)
    assert screen.events == ["control", "status"]
    async with running(hub):
        feed.accept_snapshot(snapshot(proof=proof(AT)), SERVER)
        await until(lambda: "snapshot" in screen.events)


async def test_a_frame_is_the_same_bytes_for_every_client(clock: Clock) -> None:
    hub, feed = make_hub()
    screens = [join(hub) for _ in range(300)]
    async with running(hub):
        feed.accept_message(message(8, totals={"ALL": sums(2, 9)}))
        await until(lambda: all(len(screen.taken) == 2 for screen in screens))
    assert len({id(screen.taken[1]) for screen in screens}) == 1
    welcomed = sum(len(screen.taken[0].events) for screen in screens)
    sent = hub.audiences[NAME].sent_bytes
    assert (hub.frames, sent) == (1, welcomed + 300 * len(screens[0].taken[1].events))


async def test_messages_between_two_ticks_make_one_frame(clock: Clock) -> None:
    hub, feed = make_hub()
    screen = join(hub)
    for version in (8, 9, 10):
        feed.accept_message(message(version))
    async with running(hub):
        await until(lambda: len(screen.taken) == 2)
        await several_ticks()
    assert screen.events == ["snapshot", "status", "update"]


async def test_a_client_that_left_is_told_nothing_more(clock: Clock) -> None:
    hub, feed = make_hub()
    screen, other = Screen(), join(hub)
    hub.join(NAME, screen, None)
    hub.leave(NAME, screen)
    async with running(hub):
        feed.accept_message(message(8))
        await until(lambda: len(other.taken) == 2)
    assert len(screen.taken) == 1


async def test_a_quiet_board_is_heard_of_at_every_heartbeat(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert HEARTBEAT_SECONDS <= 15
    monkeypatch.setattr(webapp.hub, "HEARTBEAT_SECONDS", 0.05)
    hub, _ = make_hub()
    screen = join(hub)
    async with running(hub):
        await until(lambda: len(screen.taken) == 3)
    assert screen.events == ["snapshot", "status", "status", "status"]


async def test_a_busy_board_tells_its_status_at_every_heartbeat_too(clock: Clock) -> None:
    hub, feed = make_hub()
    screen = join(hub)
    async with running(hub):
        await several_ticks()
        feed.accept_message(message(8))
        clock.seconds += HEARTBEAT_SECONDS
        await until(lambda: len(screen.taken) == 2)
    assert screen.events == ["snapshot", "status", "update", "status"]


async def test_streams_end_with_a_time_to_come_back(clock: Clock) -> None:
    hub, _ = make_hub()
    screens = [join(hub) for _ in range(300)]
    async with running(hub):
        await hub.say_goodbye()
        await several_ticks()
    assert hub.closing
    assert all(screen.ended for screen in screens)
    assert all(re.fullmatch(rb"retry: \d{3,4}\n\n", screen.taken[-1].events) for screen in screens)


async def test_nothing_is_sent_to_streams_that_end_while_a_frame_is_handed_out(
    clock: Clock,
) -> None:
    hub, feed = make_hub()
    screens = [join(hub) for _ in range(600)]
    task = asyncio.create_task(hub.run())
    feed.accept_message(message(8))
    await until(lambda: any(len(screen.taken) == 2 for screen in screens))
    await hub.say_goodbye()
    await task
    assert all(screen.ended for screen in screens)
    assert {len(screen.taken) for screen in screens} == {2, 3}


async def test_a_client_that_takes_nothing_does_not_hold_up_the_goodbye(clock: Clock) -> None:
    hub, feed = make_hub()
    stuck, quick = join(hub), join(hub)
    stuck.is_open = False
    async with running(hub):
        feed.accept_message(message(8))
        await until(lambda: len(quick.taken) == 2)
        await hub.say_goodbye()
    assert (stuck.dropped, quick.dropped) == (True, False)
    assert quick.ended
