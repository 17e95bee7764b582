"""One connection of an event stream. It sends a frame at once, or holds it until it is sent.

There are two kinds. `SocketClient` writes directly to the socket, which costs only the system call;
it needs the connection from `webapp.protocol`. `SendClient` needs only ASGI. Neither queues a
second frame: a slow client misses frames and gets a snapshot afterwards.
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

# How many bytes the kernel accepts before it has sent earlier ones to the client.
MAX_UNSENT_BYTES = 16 * 1024
# The transport gets a held frame in pieces of this size; it reports when the socket takes more.
_PIECE_BYTES = 4 * 1024

_LAST_CHUNK = b"0\r\n\r\n"


class Client(Protocol):
    """A connected screen, to which the hub offers frames."""

    # The frame that is not completely sent, since when it is held, and when the client last took a
    # byte of it (monotonic clock); all None while nothing is held.
    held: Frame | None
    held_since: float | None
    blocked_since: float | None

    @property
    def owed_bytes(self) -> int:
        """How many bytes of the held frame the client has yet to take."""

    @property
    def can_take(self) -> bool:
        """Whether the client accepts a frame now."""

    def offer(self, frame: Frame) -> bool:
        """Send or hold a frame; return False if an earlier frame is still held."""

    def end(self, frame: Frame) -> None:
        """Send the last frame, and end the response."""

    def drop(self) -> None:
        """Cut the connection, even if bytes are still to be sent."""


# Stands for the result of `os.write` on a broken connection.
_BROKEN = -1


def write_to_each(descriptors: Iterable[int], chunk: bytes | memoryview) -> list[tuple[int, int]]:
    """Write a chunk to sockets; return those that did not take all of it.

    Each comes with the number of bytes it took, for `SocketClient.go_on`. This loop is the cost of
    a frame, so it uses nothing of a client but its descriptor.
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
    """Writes frames to the socket. If a frame is only partly taken, it keeps the position.

    All clients share the frame, so a slow client costs no copy. `chunked` is False for HTTP/1.0,
    which has no chunks. Call `on_drained` when the transport has sent its buffer, and `on_eof` when
    the client has closed its sending side.
    """

    __slots__ = (
        "_is_last",
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
        with suppress(AttributeError, OSError):  # not every system and socket has this option
            # Without it, the kernel would queue minutes of frames for a client that does not read.
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, MAX_UNSENT_BYTES)
        self._transport = transport
        self.descriptor: int = connection.fileno()
        self.chunked = chunked
        self.held: Frame | None = None
        self.held_since: float | None = None
        self.blocked_since: float | None = None
        self._rest = memoryview(b"")
        self._is_last = False

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
            self.go_on(frame, 0)  # after the response's head, which is not sent completely
        elif rests := write_to_each((self.descriptor,), self._choose(frame)):
            self.go_on(frame, rests[0][1])
        return True

    def go_on(self, frame: Frame, written: int) -> None:
        """Hold a frame of which `written` bytes are sent, and send the rest."""
        if written == _BROKEN:
            self._transport.abort()  # the connection is broken
            return
        self.held = frame
        self.held_since = self.blocked_since = time.monotonic()
        self._rest = memoryview(self._choose(frame))[written:]
        self._write_rest()

    def on_drained(self) -> None:
        if self.held is not None:
            self.blocked_since = time.monotonic()
            # Not now, while the transport is writing: if a write or close failed here, asyncio
            # would report the lost connection twice.
            asyncio.get_running_loop().call_soon(self._write_rest)

    def on_eof(self) -> None:
        """Close the connection as soon as the held frame is sent."""
        self._is_last = True
        if self.held is None:
            self._transport.close()

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
        """Write until all is sent, or the transport buffers a piece; it then calls `on_drained`."""
        while self._rest:
            if self._transport.is_closing():
                return  # asyncio accepts no more data
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
        if self._is_last:
            self._transport.close()


class SendClient:
    """Sends frames by ASGI's `send`, in its own task, so that errors affect only this client.

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
        message = {"type": "http.response.body", "body": frame.events, "more_body": more_body}
        self._mailbox.put_nowait(message)
        return True

    async def _deliver(self) -> None:
        more_body = True
        while more_body:
            message = await self._mailbox.get()
            more_body = message["more_body"]
            await self._send(message)
            self.held = self.held_since = self.blocked_since = None
