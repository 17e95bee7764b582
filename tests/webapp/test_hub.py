"""Every client gets the same bytes; a slow one gets fewer frames and delays nobody."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from types import SimpleNamespace

import pytest

import webapp.audience
import webapp.hub
from tests.webapp.states import AT, BOARD, SERVER, message, proof, snapshot, sums
from webapp.audience import DROP_SECONDS, FRAME_SECONDS
from webapp.feed import Feed
from webapp.frame import Frame
from webapp.hub import HEARTBEAT_SECONDS, Hub

pytestmark = pytest.mark.anyio
NAME = BOARD.name


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Clock:
    """The monotonic clock of hub and clients, which only the test advances."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    for module in (webapp.hub, webapp.audience):
        monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=clock.monotonic))
    monkeypatch.setattr(Screen, "monotonic", clock.monotonic)
    monkeypatch.setattr(webapp.hub, "TICK_SECONDS", 0.0)
    return clock


class Screen:
    """A client that takes whole frames while it is open, and holds one while it is not."""

    monotonic = staticmethod(time.monotonic)

    def __init__(self) -> None:
        self.taken: list[Frame] = []
        self.ended = self.dropped = False
        self.is_open = True
        self.held: Frame | None = None
        self.held_since: float | None = None
        self.blocked_since: float | None = None

    @property
    def owed_bytes(self) -> int:
        return len(self.held.events) if self.held else 0

    @property
    def can_take(self) -> bool:
        return self.held is None

    def offer(self, frame: Frame) -> bool:
        assert not self.ended
        if self.held is not None:
            return False
        self.taken.append(frame)
        if not self.is_open:
            self.held = frame
            self.held_since = self.blocked_since = self.monotonic()
        return True

    def open(self) -> None:
        """Take the held frame."""
        self.is_open = True
        self.held = self.held_since = self.blocked_since = None

    def end(self, frame: Frame) -> None:
        if not self.offer(frame):
            self.drop()
        self.ended = True

    def drop(self) -> None:
        self.dropped = True

    @property
    def events(self) -> list[str]:
        told = b"".join(frame.events for frame in self.taken).decode()
        return re.findall(r"^event: (.*)$", told, re.MULTILINE)


def make_hub(*, counted: bool = True) -> tuple[Hub, Feed]:
    feed = Feed(BOARD, "page-1")
    if counted:
        feed.accept_snapshot(snapshot(proof=proof(AT), totals={"ALL": sums(1, 5)}), SERVER)
        feed.take_frame()
    return Hub({NAME: feed}), feed


def join(hub: Hub, last_event_id: str | None = None) -> Screen:
    screen = Screen()
    hub.join(NAME, screen, last_event_id)
    return screen


@asynccontextmanager
async def running(hub: Hub) -> AsyncIterator[None]:
    task = asyncio.create_task(hub.run())
    yield
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def until(condition: Callable[[], object]) -> None:
    """Let the loop run until a condition is true, or the test's timeout ends it."""
    while not condition():  # noqa: ASYNC110
        await asyncio.sleep(0)


async def several_ticks() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


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
