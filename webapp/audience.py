"""The clients of one board: sends them frames, and finds those that are behind or gone."""

import asyncio
import time
from collections.abc import Callable

from webapp.client import Client, SocketClient, write_to_each
from webapp.frame import Frame

# A client that takes no byte for this long is dropped.
DROP_SECONDS = 30.0
# A client that has not taken a whole frame for this long is dropped too: so slow clients hold at
# most the frames of two minutes, however many clients there are.
FRAME_SECONDS = 120.0
# After this many writes (a few milliseconds) the event loop serves others.
WRITES_AT_A_STRETCH = 250


class Audience:
    """Hands frames to clients. A client that missed one gets a snapshot when it takes bytes again.

    Sockets that take every frame whole are written to in one tight loop; other clients one by one.
    """

    def __init__(self) -> None:
        self.clients: set[Client] = set()
        self.behind: set[Client] = set()
        self.sent_bytes = self.skipped = self.dropped = 0
        # All clients that are not behind: sockets with nothing left to write, by descriptor; and
        # others.
        self._sockets: dict[int, SocketClient] = {}
        self._others: set[Client] = set()
        # Descriptors of sockets that left during `tell`: a new client may already have them.
        self._left: set[int] = set()

    def __len__(self) -> int:
        return len(self.clients)

    @property
    def owed_bytes(self) -> int:
        """Bytes of frames that clients have yet to take."""
        return sum(client.owed_bytes for client in (*self._others, *self.behind))

    @property
    def held_frames(self) -> set[Frame]:
        """The frames kept for slow clients, each once."""
        held = (client.held for client in (*self._others, *self.behind))
        return {frame for frame in held if frame is not None}

    def join(self, client: Client, welcome: Frame) -> None:
        """Add a client and send it its first frame."""
        self.clients.add(client)
        self._note(client, welcome, taken=client.offer(welcome))

    def leave(self, client: Client) -> None:
        """Forget a client."""
        self.clients.discard(client)
        self._withdraw(client)

    def dismiss(self) -> list[Client]:
        """Forget all clients and return them; they get no more frames."""
        everyone = list(self.clients)
        for client in everyone:
            self.leave(client)
        return everyone

    async def tell(self, frame: Frame) -> None:
        """Offer a frame to all clients that have had everything before it."""
        self._left.clear()
        descriptors, others = list(self._sockets), list(self._others)
        for first in range(0, len(descriptors), WRITES_AT_A_STRETCH):
            if first:
                await asyncio.sleep(0)
            self._write(descriptors[first : first + WRITES_AT_A_STRETCH], frame)
        for writes, client in enumerate(others, 1):
            if client in self._others:
                self._note(client, frame, taken=client.offer(frame))
            if writes % WRITES_AT_A_STRETCH == 0:
                await asyncio.sleep(0)

    async def catch_up(self, make_snapshot: Callable[[], Frame]) -> None:
        """Offer a snapshot to clients that are behind and take bytes again; drop those that do not.

        The snapshot is made only if a client can take it.
        """
        now = time.monotonic()
        for turns, client in enumerate(list(self.behind), 1):
            if client not in self.behind:
                continue
            if client.can_take:
                snapshot = make_snapshot()
                self._note(client, snapshot, taken=client.offer(snapshot))
            elif _is_lost(client, now):
                self.dropped += 1
                self.leave(client)
                client.drop()
            if turns % WRITES_AT_A_STRETCH == 0:
                await asyncio.sleep(0)

    def _write(self, descriptors: list[int], frame: Frame) -> None:
        if self._left:
            descriptors = [one for one in descriptors if one not in self._left]
        rests = write_to_each(descriptors, frame.chunk)
        self.sent_bytes += (len(descriptors) - len(rests)) * len(frame.events)
        for descriptor, written in rests:
            client = self._sockets[descriptor]
            client.go_on(frame, written)
            self._note(client, frame, taken=True)

    def _note(self, client: Client, frame: Frame, *, taken: bool) -> None:
        """File a client in the right set after a frame was offered to it."""
        self._withdraw(client)
        if not taken:
            self.skipped += 1
            self.behind.add(client)
            return
        self.sent_bytes += len(frame.events)
        if isinstance(client, SocketClient) and client.chunked and client.held is None:
            self._sockets[client.descriptor] = client
        else:
            self._others.add(client)

    def _withdraw(self, client: Client) -> None:
        self.behind.discard(client)
        self._others.discard(client)
        if isinstance(client, SocketClient) and self._sockets.get(client.descriptor) is client:
            del self._sockets[client.descriptor]
            self._left.add(client.descriptor)


def _is_lost(client: Client, now: float) -> bool:
    """Return whether a client has taken no byte, or no whole frame, for too long."""
    if client.held_since is None or client.blocked_since is None:
        return False
    return now - client.blocked_since > DROP_SECONDS or now - client.held_since > FRAME_SECONDS
