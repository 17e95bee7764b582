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

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

# The scope's extension: {"protocol": StreamProtocol}
EXTENSION = "tallyboard.stream"
# A request line and headers that are longer are refused with 431.
MAX_HEAD_BYTES = 16 * 1024

_TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-type: text/plain; charset=utf-8\r\n"
    b"content-length: 60\r\nconnection: close\r\n\r\n"
    b"the request's line and headers have more than 16,384 bytes\r\n"
)


class StreamProtocol(HttpToolsProtocol):
    """Gives connections to streams, and bounds what a request's head may take."""

    # Of the head that is being parsed: its parts so far, and what came since the one before it.
    _head_bytes = 0
    _received_bytes = 0
    _refused = False
    # What is to be called when a connection that was taken over is lost.
    _on_lost: Callable[[], None] | None = None

    def take_over(self, on_lost: Callable[[], None]) -> asyncio.Transport:
        """Return the transport, which is the caller's to write to and to close from now on.

        The response has to be started, and stays open when the application returns. `on_lost` is
        called once, when the connection is gone. What the client still sends is passed over.
        """
        self._on_lost = on_lost
        self.cycle.response_complete = True
        forget = cast("Any", self)
        forget.cycle = forget.scope = forget.headers = forget.parser = None
        return self.transport

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self._on_lost is not None:
            self._on_lost()

    def data_received(self, data: bytes) -> None:
        if self._on_lost is not None:
            return
        self._received_bytes += len(data)
        super().data_received(data)
        if self._received_bytes > MAX_HEAD_BYTES:
            self._refuse()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head_bytes = 0
        if self.scheme == "http":
            scope = cast("dict[str, object]", self.scope)
            scope["extensions"] = {EXTENSION: {"protocol": self}}

    def on_url(self, url: bytes) -> None:
        self._head_bytes += len(url)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._head_bytes += len(name) + len(value)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._received_bytes = 0
        if self._head_bytes > MAX_HEAD_BYTES:
            self._refuse()
        else:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._received_bytes = 0
        if not self._refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        if not self._refused:
            super().on_message_complete()

    def _refuse(self) -> None:
        if not self._refused:
            self._refused = True
            self.transport.write(_TOO_LARGE)
            self.transport.close()
