"""One connection of an event stream: takes a frame at once, or not at all.

Two kinds do the same. `SocketClient` writes to the connection's socket, at the price of the system
call; it needs the connection, which `webapp.protocol` offers. `SendClient` needs nothing but ASGI.
Neither makes a task for a client that takes its bytes, and neither keeps frames for one that does
not.
"""

import asyncio
import os
import socket
import time
import types
from collections.abc import Callable, Coroutine, Generator, Iterable
from functools import partial
from typing import Any, Protocol

from starlette.types import Message, Send

from webapp.frame import Frame

# Bytes that the kernel takes of a frame before the client has been sent those before.
MAX_UNSENT_BYTES = 16 * 1024


_LAST_CHUNK = b"0\r\n\r\n"


class Client(Protocol):
    """A screen, to which the hub offers frames."""

    # Since when it takes no bytes, by the monotonic clock; None while it takes them.
    blocked_since: float | None

    def offer(self, frame: Frame) -> bool:
        """Hand over a frame; return False where the client did not take the one before."""

    async def end(self, frame: Frame) -> None:
        """Hand over the last frame, and end the response."""

    def drop(self) -> None:
        """Cut the connection, whatever is still to be sent."""


# What `os.write` would have returned of a connection that is broken.
_BROKEN = -1


def write_to_each(descriptors: Iterable[int], chunk: bytes) -> list[tuple[int, int]]:
    """Write to connections that are owed nothing; return those that did not take all of it.

    Each comes with the bytes that it took, for `SocketClient.go_on`. This loop is a frame's price:
    it touches nothing of a client but its descriptor.
    """
    write, whole = os.write, len(chunk)
    rests = []
    for descriptor in descriptors:
        try:
            written = write(descriptor, chunk)
        except BlockingIOError:
            written = 0
        except OSError:
            written = _BROKEN
        if written != whole:
            rests.append((descriptor, written))
    return rests


class SocketClient:
    """Writes chunks to the socket; what the kernel takes of a frame only in part, the transport
    keeps: at most the rest of one frame.
    """

    __slots__ = ("_rest_bytes", "_transport", "blocked_since", "descriptor")

    def __init__(self, transport: asyncio.Transport) -> None:
        connection = transport.get_extra_info("socket")
        # Else the kernel would queue minutes of frames for a client that does not read.
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, MAX_UNSENT_BYTES)
        self._transport = transport
        self.descriptor: int = connection.fileno()
        # What the transport had to keep, when that was last looked at.
        self._rest_bytes = transport.get_write_buffer_size()
        self.blocked_since: float | None = None

    @property
    def is_owed(self) -> bool:
        """Whether the transport keeps the rest of a frame, before which nothing may be written."""
        return self._rest_bytes > 0

    def offer(self, frame: Frame) -> bool:
        if self._rest_bytes and not self._has_taken_the_rest():
            return False
        rests = write_to_each((self.descriptor,), frame.chunk)
        return self.go_on(frame, rests[0][1] if rests else len(frame.chunk))

    def go_on(self, frame: Frame, written: int) -> bool:
        """See a frame through of which so many bytes were written; return as `offer` does."""
        if written == _BROKEN:
            self._transport.abort()
            return True  # it is about to be lost
        if written == 0:
            self._note_blocked()
            return False
        self._rest_bytes = len(frame.chunk) - written
        if self._rest_bytes:
            self._transport.write(frame.chunk[written:])
        self.blocked_since = None
        return True

    async def end(self, frame: Frame) -> None:
        transport = self._transport
        if transport.is_closing():
            return
        taken = self.offer(frame)
        if not taken or transport.get_write_buffer_size():
            self.drop()
            return
        transport.write(_LAST_CHUNK)
        transport.close()

    def drop(self) -> None:
        self._transport.abort()

    def _has_taken_the_rest(self) -> bool:
        if self._transport.is_closing():
            # It has hung up without taking what it is owed, which the transport waits for.
            self._note_blocked()
            return False
        rest_bytes = self._transport.get_write_buffer_size()
        if rest_bytes < self._rest_bytes:
            self.blocked_since = None  # it takes some
        self._rest_bytes = rest_bytes
        if rest_bytes:
            self._note_blocked()
        return not rest_bytes

    def _note_blocked(self) -> None:
        if self.blocked_since is None:
            self.blocked_since = time.monotonic()


class SendClient:
    """Runs ASGI's `send` up to where it has to wait, which it does only for a slow client.

    `on_drop` is called when the client is cut off: ASGI has no way to do that but to return.
    """

    __slots__ = ("_blocked", "_on_drop", "_send", "blocked_since")

    def __init__(self, send: Send, on_drop: Callable[[], None]) -> None:
        self._send = send
        self._on_drop = on_drop
        self._blocked: asyncio.Task[None] | None = None
        self.blocked_since: float | None = None

    def offer(self, frame: Frame) -> bool:
        if self._blocked is not None:
            return False
        self._begin({"type": "http.response.body", "body": frame.events, "more_body": True})
        return True

    async def end(self, frame: Frame) -> None:
        if self._blocked is None:
            self._begin({"type": "http.response.body", "body": frame.events})
        if self._blocked is not None:
            self.drop()

    def drop(self) -> None:
        if self._blocked is not None:
            self._blocked.cancel()
        self._on_drop()

    def _begin(self, message: Message) -> None:
        """Send a message, if need be in a task that waits for the client."""
        sending = self._send(message)
        assert isinstance(sending, Coroutine)
        try:
            waiting = sending.send(None)
        except (StopIteration, OSError):
            return  # it is sent, or its request is about to end
        self.blocked_since = time.monotonic()
        self._blocked = asyncio.ensure_future(_resume(sending, waiting))
        self._blocked.add_done_callback(self._unblock)

    def _unblock(self, task: asyncio.Task[None]) -> None:
        self._blocked = None
        self.blocked_since = None
        if not task.cancelled():
            task.exception()  # a broken connection ends the request by itself


@types.coroutine
def _resume(sending: Coroutine[Any, Any, None], waiting: Any) -> Generator[Any, Any, None]:
    """Go on with a coroutine that was started by hand and yielded `waiting`."""
    while True:
        try:
            value = yield waiting
        except BaseException as error:
            step = partial(sending.throw, error)
        else:
            step = partial(sending.send, value)
        try:
            waiting = step()
        except StopIteration:
            return
