"""uvicorn's HTTP protocol, with what streams need beside ASGI: the connection itself.

`python -m webapp` has uvicorn use it (https://www.uvicorn.org/settings/#implementation). The
application finds it as an extension of the ASGI scope and may take the connection over once it has
started a response: the request's task then ends, and with it the kilobytes that it holds. Under any
other server the extension is missing, and streams go through ASGI's `send`.

This module alone knows uvicorn's inside: `cycle` is the request that is being answered, `parser`
what reads the next one.
"""

import asyncio
from collections.abc import Callable
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

# The scope's extension: a `Connection`.
EXTENSION = "tallyboard.stream"
# A request line and headers that are longer are refused with 431, and such as take longer with 408.
MAX_HEAD_BYTES = 16 * 1024
MAX_HEAD_SECONDS = 20.0


_TOO_LARGE = f"the request's line and headers have more than {MAX_HEAD_BYTES:,} bytes"


class Connection:
    """The connection that a request came by, for its application to take over."""

    __slots__ = ("_cycle", "_protocol")

    def __init__(self, protocol: "StreamProtocol", cycle: RequestResponseCycle) -> None:
        self._protocol, self._cycle = protocol, cycle

    def take_over(self, on_lost: Callable[[], None]) -> asyncio.Transport:
        """Return the transport, which is the caller's to write to and to close from now on.

        The response has to be started, and stays open when the application returns. `on_lost` is
        called once, when the connection is gone, unless it is closing already. What the client
        still sends is passed over.
        """
        return self._protocol.hand_over(self._cycle, on_lost)


class StreamProtocol(HttpToolsProtocol):
    """Gives connections to streams, and bounds what a request's head may take."""

    # Of the head that is being parsed: its parts so far, and what came since the one before it.
    _head_bytes = 0
    _received_bytes = 0
    _refused = False
    # Refuses a head that takes too long.
    _head_timer: asyncio.TimerHandle | None = None
    # What is to be called when a connection that was taken over is lost.
    _on_lost: Callable[[], None] | None = None

    def hand_over(
        self, cycle: RequestResponseCycle, on_lost: Callable[[], None]
    ) -> asyncio.Transport:
        """Leave the connection to who answers a request by it; see `Connection.take_over`."""
        cycle.response_complete = True
        if not self.transport.is_closing():
            self._on_lost = on_lost
            forget = cast("Any", self)
            forget.cycle = forget.scope = forget.headers = forget.parser = None
            # Requests that came behind it are not answered; reading goes on, to see it hang up.
            self.pipeline.clear()
            self.flow.resume_reading()
        return self.transport

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._end_of_head()
        if self._on_lost is not None:
            self._on_lost()

    def data_received(self, data: bytes) -> None:
        if self._on_lost is not None:
            return
        self._received_bytes += len(data)
        super().data_received(data)
        if self._received_bytes > MAX_HEAD_BYTES:
            self._refuse(431, _TOO_LARGE)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head_bytes = 0
        if self._head_timer is None:
            self._await_head()

    def on_url(self, url: bytes) -> None:
        self._head_bytes += len(url)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._head_bytes += len(name) + len(value)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._received_bytes = 0
        self._end_of_head()
        if self._head_bytes > MAX_HEAD_BYTES:
            self._refuse(431, _TOO_LARGE)
        if self._refused:
            return
        scope = cast("dict[str, object]", self.scope)
        super().on_headers_complete()
        if self.scheme == "http" and self.cycle is not None:
            scope["extensions"] = {EXTENSION: Connection(self, self.cycle)}

    def on_body(self, body: bytes) -> None:
        self._received_bytes = 0
        if not self._refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        if not self._refused:
            super().on_message_complete()

    def _await_head(self) -> None:
        self._head_timer = self.loop.call_later(MAX_HEAD_SECONDS, self._end_waiting)

    def _end_waiting(self) -> None:
        if self._received_bytes:
            self._refuse(408, f"the request's line and headers took over {MAX_HEAD_SECONDS:.0f} s")
        else:
            self.transport.close()  # a browser opens connections that it may not need

    def _end_of_head(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _refuse(self, status: int, why: str) -> None:
        if self._refused:
            return
        self._refused = True
        self._end_of_head()
        phrase = {408: "Request Timeout", 431: "Request Header Fields Too Large"}[status]
        text = f"{why}\n"
        self.transport.write(
            f"HTTP/1.1 {status} {phrase}\r\ncontent-type: text/plain; charset=utf-8\r\n"
            f"content-length: {len(text)}\r\nconnection: close\r\n\r\n{text}".encode()
        )
        self.transport.close()
