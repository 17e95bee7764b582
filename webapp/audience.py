"""The clients of one board: who is there, who missed a frame, who takes nothing."""

import asyncio
import time

from webapp.client import Client
from webapp.frame import Frame

# A client that takes no bytes for this long is dropped.
DROP_SECONDS = 30.0
# So many writes, then the event loop gets to serve others: a few milliseconds.
WRITES_AT_A_STRETCH = 250


class Audience:
    """Hands frames to clients. One that missed any gets a snapshot when it takes bytes again."""

    def __init__(self) -> None:
        self.clients: set[Client] = set()
        self.behind: set[Client] = set()
        self.sent_bytes = self.skipped = self.dropped = 0

    def __len__(self) -> int:
        return len(self.clients)

    def join(self, client: Client, welcome: Frame) -> None:
        """Take in a client and tell it how things stand."""
        self.clients.add(client)
        self._offer(client, welcome)

    def leave(self, client: Client) -> None:
        """Forget a client."""
        self.clients.discard(client)
        self.behind.discard(client)

    def dismiss(self) -> list[Client]:
        """Forget all clients and return them; they are told nothing more."""
        everyone = list(self.clients)
        self.clients.clear()
        self.behind.clear()
        return everyone

    async def tell(self, frame: Frame) -> None:
        """Offer a frame to all who have heard everything before it."""
        told = list(self.clients - self.behind)
        for first in range(0, len(told), WRITES_AT_A_STRETCH):
            if first:
                await asyncio.sleep(0)
            for client in told[first : first + WRITES_AT_A_STRETCH]:
                # One that left meanwhile may have left its descriptor to another.
                if client in self.clients:
                    self._offer(client, frame)

    async def catch_up(self, snapshot: Frame) -> None:
        """Offer a snapshot to those who are behind; drop who has taken nothing for long."""
        now = time.monotonic()
        for writes, client in enumerate(list(self.behind), 1):
            if client not in self.behind:
                continue
            if client.offer(snapshot):
                self.behind.discard(client)
                self.sent_bytes += len(snapshot.events)
            elif client.blocked_since is not None and now - client.blocked_since > DROP_SECONDS:
                self.dropped += 1
                self.leave(client)
                client.drop()
            if writes % WRITES_AT_A_STRETCH == 0:
                await asyncio.sleep(0)

    def _offer(self, client: Client, frame: Frame) -> None:
        if client.offer(frame):
            self.sent_bytes += len(frame.events)
        else:
            self.skipped += 1
            self.behind.add(client)
