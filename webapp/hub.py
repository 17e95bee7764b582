"""Makes each board's frames and has them told: encoded once per tick, the same for all clients."""

import asyncio
import random
import time
from collections.abc import Mapping
from contextlib import suppress

from webapp.audience import WRITES_AT_A_STRETCH, Audience
from webapp.client import Client
from webapp.feed import Feed
from webapp.frame import Frame, encode_retry

# At most 20 frames a second.
TICK_SECONDS = 0.05
# A client that has heard nothing for 40 s gives its connection up.
HEARTBEAT_SECONDS = 10.0
# When clients of a lost connection come back, and those of a server that ends: spread, so that
# nobody is stampeded.
_RETRY_MS = (1_000, 4_000)
_GOODBYE_RETRY_MS = (500, 6_000)


class Hub:
    """All boards with their feeds and audiences. `closing` turns new clients away."""

    def __init__(self, feeds: Mapping[str, Feed]) -> None:
        self.feeds = feeds
        self.audiences = {name: Audience() for name in feeds}
        self.closing = False
        self.frames = 0
        self.tick_seconds = 0.0
        self._changed = asyncio.Event()
        for feed in feeds.values():
            feed.on_change = self.wake

    @property
    def clients(self) -> int:
        """How many clients there are, on all boards."""
        return sum(map(len, self.audiences.values()))

    def join(self, board: str, client: Client, last_event_id: str | None) -> None:
        """Tell a new client of a board the state, if it does not know it, and the status."""
        feed = self.feeds[board]
        welcome = encode_retry(random.randint(*_RETRY_MS))
        if feed.state is None or last_event_id != feed.state.id:
            welcome += feed.snapshot_frame()
        self.audiences[board].join(client, Frame(welcome + feed.status_frame()))

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
            for name, feed in self.feeds.items():
                await self._tell(feed, self.audiences[name], heartbeat=heartbeat)
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
            await client.end(Frame(encode_retry(random.randint(*_GOODBYE_RETRY_MS))))
            if ended % WRITES_AT_A_STRETCH == 0:
                await asyncio.sleep(0)

    async def _tell(self, feed: Feed, audience: Audience, *, heartbeat: bool) -> None:
        events = feed.take_frame() or b""
        if heartbeat:
            events += feed.status_frame()
        if events:
            self.frames += 1
            await audience.tell(Frame(events))
        if audience.behind:
            await audience.catch_up(Frame(feed.snapshot_frame() + feed.status_frame()))
