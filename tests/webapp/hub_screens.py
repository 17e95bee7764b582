"""A hub, its clock, and screens that take or do not take what it sends."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from tests.webapp.states import AT, BOARD, SERVER, proof, snapshot, sums
from webapp.feed import Feed
from webapp.frame import Frame
from webapp.hub import Hub

NAME = BOARD.name


class Clock:
    """The monotonic clock of hub and clients, which only the test advances."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def monotonic(self) -> float:
        return self.seconds


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
