"""One connection of an event stream: takes a frame at once, or holds it until it has taken it all.

Two kinds do the same. `SocketClient` writes to the connection's socket, at the price of the system
call; it needs the connection, which `webapp.protocol` offers. `SendClient` needs nothing but ASGI.
Neither keeps a second frame: a client that is slow misses some and gets a snapshot afterwards.
"""

import asyncio
import os
import socket
import time
from collections.abc import Iterable
from contextlib import suppress
from typing import Protocol

from starlette.types import Message, Send

from webapp.frame import Frame

# Bytes that the kernel takes of a frame before the client has been sent those before.
MAX_UNSENT_BYTES = 16 * 1024
# Bytes of a held frame that the transport gets at a time, to say when the socket takes more.
_PIECE_BYTES = 4 * 1024

_LAST_CHUNK = b"0\r\n\r\n"


class Client(Protocol):
    """A screen, to which the hub offers frames."""

    # The frame that it has not taken whole, since when by the monotonic clock, and when it last
    # took a byte of it; None while it is owed nothing.
    held: Frame | None
    held_since: float | None
    blocked_since: float | None

    @property
    def owed_bytes(self) -> int:
        """How many bytes of the held frame it has still to take."""

    @property
    def can_take(self) -> bool:
        """Whether a frame that is offered now is taken, or held."""

    def offer(self, frame: Frame) -> bool:
        """Hand over a frame; return False where the client is owed an earlier one."""

    def end(self, frame: Frame) -> None:
        """Hand over the last frame, and end the response."""

    def drop(self) -> None:
        """Cut the connection, whatever is still to be sent."""


# What `os.write` would have returned of a connection that is broken.
_BROKEN = -1


def write_to_each(descriptors: Iterable[int], chunk: bytes | memoryview) -> list[tuple[int, int]]:
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
    """Writes frames to the socket. Of a frame that is taken in part, it holds a position.

    The frame is the one that all clients share, so that a slow client costs no copy. `chunked` is
    False for HTTP/1.0, which knows no chunks. `on_drained` is to be called when the transport has
    sent all that it kept.
    """

    __slots__ = (
        "_rest",
        "_transport",
        "blocked_since",
        "chunked",
        "descriptor",
        "held",
        "held_since",
    )

    def __init__(self, transport: asyncio.Transport, *, chunked: bool = True) -> None:
        connection = transport.get_extra_info("socket")
        with suppress(AttributeError, OSError):  # not of every system, nor of every socket
            # Else the kernel would queue minutes of frames for a client that does not read.
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, MAX_UNSENT_BYTES)
        self._transport = transport
        self.descriptor: int = connection.fileno()
        self.chunked = chunked
        self.held: Frame | None = None
        self.held_since: float | None = None
        self.blocked_since: float | None = None
        self._rest = memoryview(b"")

    @property
    def owed_bytes(self) -> int:
        return len(self._rest) + self._transport.get_write_buffer_size()

    @property
    def can_take(self) -> bool:
        return self.held is None

    def offer(self, frame: Frame) -> bool:
        if self.held is not None:
            return False
        if self._transport.get_write_buffer_size():
            self.go_on(frame, 0)  # behind the response's head, which was not taken whole
        elif rests := write_to_each((self.descriptor,), self._choose(frame)):
            self.go_on(frame, rests[0][1])
        return True

    def go_on(self, frame: Frame, written: int) -> None:
        """See a frame through of which so many bytes were written."""
        if written == _BROKEN:
            self._transport.abort()  # it is about to be lost
            return
        self.held = frame
        self.held_since = self.blocked_since = time.monotonic()
        self._rest = memoryview(self._choose(frame))[written:]
        self._write_rest()

    def on_drained(self) -> None:
        if self.held is not None:
            self.blocked_since = time.monotonic()
            self._write_rest()

    def end(self, frame: Frame) -> None:
        if self._transport.is_closing():
            return
        if not self.offer(frame) or self.held is not None:
            self.drop()
            return
        if self.chunked:
            self._transport.write(_LAST_CHUNK)
        self._transport.close()

    def drop(self) -> None:
        self._transport.abort()

    def _choose(self, frame: Frame) -> bytes:
        return frame.chunk if self.chunked else frame.events

    def _write_rest(self) -> None:
        """Write until the transport keeps a piece, of which it tells the end, or all is taken."""
        while self._rest:
            piece, self._rest = self._rest[:_PIECE_BYTES], self._rest[_PIECE_BYTES:]
            self._transport.write(piece)
            if self._transport.get_write_buffer_size():
                return
            if not (rests := write_to_each((self.descriptor,), self._rest)):
                break
            if rests[0][1] == _BROKEN:
                self._transport.abort()
                return
            self._rest = self._rest[rests[0][1] :]
        self._rest = memoryview(b"")
        self.held = self.held_since = self.blocked_since = None


class SendClient:
    """Sends frames by ASGI's `send`, in a task of its own: what happens there is this client's.

    `delivery` ends after the last frame, when `send` fails, and when the client is dropped.
    """

    def __init__(self, send: Send) -> None:
        self._send = send
        self._mailbox: asyncio.Queue[Message] = asyncio.Queue(maxsize=1)
        self.held: Frame | None = None
        self.held_since: float | None = None
        self.blocked_since: float | None = None
        self.delivery = asyncio.create_task(self._deliver())

    @property
    def owed_bytes(self) -> int:
        return len(self.held.events) if self.held else 0

    @property
    def can_take(self) -> bool:
        return self.held is None

    def offer(self, frame: Frame) -> bool:
        return self._put(frame, more_body=True)

    def end(self, frame: Frame) -> None:
        if not self._put(frame, more_body=False):
            self.drop()

    def drop(self) -> None:
        self.delivery.cancel()

    def _put(self, frame: Frame, *, more_body: bool) -> bool:
        if self.held is not None:
            return False
        self.held = frame
        self.held_since = self.blocked_since = time.monotonic()
        body: Message = {"type": "http.response.body", "body": frame.events}
        self._mailbox.put_nowait(body | {"more_body": more_body})
        return True

    async def _deliver(self) -> None:
        more_body = True
        while more_body:
            message = await self._mailbox.get()
            more_body = message["more_body"]
            await self._send(message)
            self.held = self.held_since = self.blocked_since = None
