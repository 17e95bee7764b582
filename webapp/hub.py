"""Makes each board's frames, encoded once per tick for all clients, and hands them out."""

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

# The pace: at most 20 frames a second.
TICK_SECONDS = 0.05
# A client gives up a connection on which nothing has come for 40 s.
HEARTBEAT_SECONDS = 10.0
# Clients of a server that ends reconnect after a random time in this range, so that they do not all
# come at once.
_GOODBYE_RETRY_MS = (500, 6_000)
# Frames kept for slow clients may use this much memory; above it, new clients are refused.
MAX_HELD_BYTES = 64 * 1024 * 1024
COUNT_HELD_SECONDS = 1.0


class Hub:
    """All boards with their feeds and audiences. While `closing`, new clients are refused."""

    def __init__(self, feeds: Mapping[str, Feed]) -> None:
        self.feeds = feeds
        self.audiences = {name: Audience() for name in feeds}
        self.presence = Presence()
        self.closing = False
        # Returns the address at which other devices reach this server; "" if unknown.
        self.find_address: Callable[[], str] = lambda: ""
        self.frames = 0
        self.tick_seconds = 0.0
        self._changed = asyncio.Event()
        # By board: the snapshot and panels that the feed encoded, and the frame that clients share.
        self._snapshots: dict[str, tuple[bytes, bytes, Frame]] = {}
        self._held_bytes, self._held_counted = 0, -COUNT_HELD_SECONDS
        for feed in feeds.values():
            feed.on_change = self.wake

    @property
    def clients(self) -> int:
        """How many clients there are, on all boards."""
        return sum(map(len, self.audiences.values()))

    @property
    def is_overfull(self) -> bool:
        """Whether slow clients hold frames of more than `MAX_HELD_BYTES`."""
        now = time.monotonic()
        if now - self._held_counted >= COUNT_HELD_SECONDS:
            frames = [frame for one in self.audiences.values() for frame in one.held_frames]
            self._held_bytes = sum(len(frame.chunk) + len(frame.events) for frame in frames)
            self._held_counted = now
        return self._held_bytes > MAX_HELD_BYTES

    def join(self, board: str, client: Client, last_event_id: str | None) -> None:
        """Add a client; send it the status, and a snapshot unless it has the current state."""
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
        """Make the next tick come as soon as possible, because something has changed."""
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
                # Clients that are behind are tried again at each tick, even without a change.
                at_most_seconds = min(at_most_seconds, TICK_SECONDS)
            await self._wait_for_change(at_most_seconds)

    async def _wait_for_change(self, at_most_seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(at_most_seconds):
                await self._changed.wait()

    async def say_goodbye(self) -> None:
        """End every stream, and tell each client to come back at a different time."""
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
        """Return the frame of a board's snapshot, panels and status: the same one for the same.

        So slow clients hold one frame together.
        """
        feed = self.feeds[board]
        snapshot, panels = feed.snapshot_frame(), feed.panels.greeting
        known = self._snapshots.get(board)
        if snapshot and known is not None and known[0] is snapshot and known[1] is panels:
            return known[2]
        frame = Frame(snapshot + panels + feed.status_frame() if snapshot else feed.welcome_frame())
        self._snapshots[board] = snapshot, panels, frame
        return frame
