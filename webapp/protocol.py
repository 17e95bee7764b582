"""Extends uvicorn's HTTP protocol, so that a stream can take over its connection.

`python -m webapp` makes uvicorn use it (https://www.uvicorn.org/settings/#implementation). The
application finds the connection as an extension of the ASGI scope, and may take it over once it has
started a response: the request's task then ends and frees its kilobytes. Under any other server the
extension is missing, and streams go through ASGI's `send`.
"""

import asyncio
from collections.abc import Callable
from typing import Any, NamedTuple, cast

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from webapp.bounded_protocol import BoundedProtocol

# The scope's extension: a `Connection`.
EXTENSION = "tallyboard.stream"


class Taker(NamedTuple):
    """Callbacks of a connection that was taken over.

    `on_lost` is called once, when the connection is gone, but not if it was already closing when it
    was taken over. `on_drained` is called each time the transport has sent its buffer. `on_eof` is
    called when the client has closed its sending side; the connection then stays open until the
    taker closes it.
    """

    on_lost: Callable[[], None]
    on_drained: Callable[[], None]
    on_eof: Callable[[], None]


class Connection:
    """The connection of a request, which its application may take over."""

    __slots__ = ("_cycle", "_protocol")

    def __init__(self, protocol: "StreamProtocol", cycle: RequestResponseCycle) -> None:
        self._protocol, self._cycle = protocol, cycle

    @property
    def peer(self) -> str:
        """The address at the other end, even if that is a proxy; "" if there is none."""
        return self._protocol.client[0] if self._protocol.client else ""

    def leave_unframed(self) -> None:
        """Make the response end with the connection, because HTTP/1.0 has no chunks.

        Call it before the response is started; its body can then only be written after `take_over`.
        """
        self._cycle.chunked_encoding = False

    def take_over(self, taker: Taker) -> asyncio.Transport:
        """Return the transport; from now on the caller writes to it and closes it.

        The response must have been started; it stays open when the application returns. What the
        client still sends is ignored.
        """
        return self._protocol.take_over(self._cycle, taker)


class StreamProtocol(BoundedProtocol):
    """Gives its connection to an application that asks for it."""

    _taker: Taker | None = None

    def take_over(self, cycle: RequestResponseCycle, taker: Taker) -> asyncio.Transport:
        """Leave the connection to the application; see `Connection.take_over`."""
        cycle.response_complete = True
        if not self.transport.is_closing():
            self._taker = taker
            forget = cast("Any", self)
            forget.cycle = forget.scope = forget.headers = forget.parser = None
            self.stop_timers()
            # Later requests on it are not answered; reading continues, to notice its end.
            self.pipeline.clear()
            self.flow.resume_reading()
            # With this, `resume_writing` is called whenever the transport has sent its buffer.
            self.transport.set_write_buffer_limits(high=0)
        return self.transport

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        if self.scheme == "http":
            scope = cast("dict[str, object]", self.scope)
            scope["extensions"] = {EXTENSION: Connection(self, self.cycle)}

    def data_received(self, data: bytes) -> None:
        if self._taker is None:
            super().data_received(data)

    def eof_received(self) -> bool | None:  # type: ignore[override]
        if self._taker is None:
            return None
        # Otherwise asyncio would close the transport before the rest of a held frame is written.
        self._taker.on_eof()
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self._taker is not None:
            self._taker.on_lost()

    def shutdown(self) -> None:
        # The application ends a stream itself, after it has told the client when to come back.
        if self._taker is None:
            super().shutdown()

    def pause_writing(self) -> None:
        if self._taker is None:
            super().pause_writing()

    def resume_writing(self) -> None:
        if self._taker is None:
            super().resume_writing()
        else:
            self._taker.on_drained()
