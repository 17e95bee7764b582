"""Makes each board's frames and has them told: encoded once per tick, the same for all clients."""

import asyncio
import random
import time
from collections.abc import Callable, Mapping
from contextlib import suppress

from webapp.audience import WRITES_AT_A_STRETCH, Audience
from webapp.client import Client
from webapp.feed import Feed
from webapp.frame import Frame, encode_retry
from webapp.presence import Presence

# At most 20 frames a second.
TICK_SECONDS = 0.05
# A client that has heard nothing for 40 s gives its connection up.
HEARTBEAT_SECONDS = 10.0
# When the clients of a server that ends come back: spread, so that nobody is stampeded.
_GOODBYE_RETRY_MS = (500, 6_000)
# Frames kept for slow clients may take so much memory; nobody else is served until they take less.
MAX_HELD_BYTES = 64 * 1024 * 1024
COUNT_HELD_SECONDS = 1.0


class Hub:
    """All boards with their feeds and audiences. `closing` turns new clients away."""

    def __init__(self, feeds: Mapping[str, Feed]) -> None:
        self.feeds = feeds
        self.audiences = {name: Audience() for name in feeds}
        self.presence = Presence()
        self.closing = False
        # Returns the address by which other devices reach this server; "" where it is not known.
        self.find_address: Callable[[], str] = lambda: ""
        self.frames = 0
        self.tick_seconds = 0.0
        self._changed = asyncio.Event()
        # By board: a snapshot as the feed encoded it, and the frame that clients share of it.
        self._snapshots: dict[str, tuple[bytes, Frame]] = {}
        self._held_bytes, self._held_counted = 0, -COUNT_HELD_SECONDS
        for feed in feeds.values():
            feed.on_change = self.wake

    @property
    def clients(self) -> int:
        """How many clients there are, on all boards."""
        return sum(map(len, self.audiences.values()))

    @property
    def is_overfull(self) -> bool:
        """Whether slow clients hold so many different frames that memory is at stake."""
        now = time.monotonic()
        if now - self._held_counted >= COUNT_HELD_SECONDS:
            frames = [frame for one in self.audiences.values() for frame in one.held_frames]
            self._held_bytes = sum(len(frame.chunk) + len(frame.events) for frame in frames)
            self._held_counted = now
        return self._held_bytes > MAX_HELD_BYTES

    def join(self, board: str, client: Client, last_event_id: str | None) -> None:
        """Tell a new client of a board the state, if it does not know it, and the status."""
        feed = self.feeds[board]
        if feed.state is None or last_event_id != feed.state.id:
            welcome = self._make_snapshot(board)
        else:
            welcome = Frame(feed.welcome_frame())
        self.audiences[board].join(client, welcome)

    def leave(self, board: str, client: Client) -> None:
        """Forget a client."""
        self.audiences[board].leave(client)

    def wake(self) -> None:
        """Have the next tick come as soon as it may: something has changed."""
        self._changed.set()

    async def run(self) -> None:
        """Make frames and hand them out until cancelled."""
        next_heartbeat = time.monotonic() + HEARTBEAT_SECONDS
        while not self.closing:
            started = time.monotonic()
            heartbeat = started >= next_heartbeat
            if heartbeat:
                next_heartbeat = started + HEARTBEAT_SECONDS
            self._changed.clear()
            frames = self.frames
            for name in self.feeds:
                await self._tell(name, heartbeat=heartbeat)
            ended = time.monotonic()
            self.tick_seconds = ended - started
            if self.frames != frames:
                await asyncio.sleep(max(0.0, started + TICK_SECONDS - ended))
            at_most_seconds = next_heartbeat - time.monotonic()
            if any(audience.behind for audience in self.audiences.values()):
                # They are asked again without a change, which the others would not wait for.
                at_most_seconds = min(at_most_seconds, TICK_SECONDS)
            await self._wait_for_change(at_most_seconds)

    async def _wait_for_change(self, at_most_seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(at_most_seconds):
                await self._changed.wait()

    async def say_goodbye(self) -> None:
        """End every stream, each told to come back at its own time."""
        self.closing = True
        self.wake()
        everyone = [client for audience in self.audiences.values() for client in audience.dismiss()]
        for ended, client in enumerate(everyone, 1):
            client.end(Frame(encode_retry(random.randint(*_GOODBYE_RETRY_MS)) + b"\n"))
            if ended % WRITES_AT_A_STRETCH == 0:
                await asyncio.sleep(0)

    async def _tell(self, board: str, *, heartbeat: bool) -> None:
        feed, audience = self.feeds[board], self.audiences[board]
        events = feed.take_frame() or b""
        if heartbeat:
            events += feed.status_frame()
        if events:
            self.frames += 1
            await audience.tell(Frame(events))
        if audience.behind:
            await audience.catch_up(lambda: self._make_snapshot(board))

    def _make_snapshot(self, board: str) -> Frame:
        """Return the frame of a board's snapshot and status, the same while the snapshot is.

        Clients that are slow to take it then hold one frame together.
        """
        feed = self.feeds[board]
        snapshot = feed.snapshot_frame()
        known = self._snapshots.get(board)
        if snapshot and known is not None and known[0] is snapshot:
            return known[1]
        frame = Frame(snapshot + feed.status_frame() if snapshot else feed.welcome_frame())
        self._snapshots[board] = snapshot, frame
        return frame
