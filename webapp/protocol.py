"""uvicorn's HTTP protocol, with what streams need beside ASGI: the connection itself.

`python -m webapp` has uvicorn use it (https://www.uvicorn.org/settings/#implementation). The
application finds it as an extension of the ASGI scope and may take the connection over once it has
started a response: the request's task then ends, and with it the kilobytes that it holds. Under any
other server the extension is missing, and streams go through ASGI's `send`.
"""

import asyncio
from collections.abc import Callable
from typing import Any, NamedTuple, cast

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from webapp.bounded_protocol import BoundedProtocol

# The scope's extension: a `Connection`.
EXTENSION = "tallyboard.stream"


class Taker(NamedTuple):
    """What to call of a connection that was taken over.

    `on_lost` once, when it is gone, unless it was closing when it was taken; `on_drained` each time
    the transport has sent what it had to keep; `on_eof` when the client will send no more, after
    which the connection stays open until the taker closes it.
    """

    on_lost: Callable[[], None]
    on_drained: Callable[[], None]
    on_eof: Callable[[], None]


class Connection:
    """The connection that a request came by, for its application to take over."""

    __slots__ = ("_cycle", "_protocol")

    def __init__(self, protocol: "StreamProtocol", cycle: RequestResponseCycle) -> None:
        self._protocol, self._cycle = protocol, cycle

    @property
    def peer(self) -> str:
        """The address at the other end, whatever a proxy there says; "" where there is none."""
        return self._protocol.client[0] if self._protocol.client else ""

    def leave_unframed(self) -> None:
        """Have the response end with the connection: HTTP/1.0 knows no chunks.

        Call it before the response is started; its body can then be written only by `take_over`.
        """
        self._cycle.chunked_encoding = False

    def take_over(self, taker: Taker) -> asyncio.Transport:
        """Return the transport; from now on the caller writes to it and closes it.

        The response has to be started, and stays open when the application returns. What the client
        still sends is ignored.
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
            # Requests that came behind it are not answered; reading continues, to see it hang up.
            self.pipeline.clear()
            self.flow.resume_reading()
            # Now `resume_writing` is called whenever the transport has sent all that it kept.
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
        # asyncio would close the transport, to which nothing can then be added: what is owed to the
        # client has to be written first.
        self._taker.on_eof()
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self._taker is not None:
            self._taker.on_lost()

    def shutdown(self) -> None:
        # A stream is ended by the application, which first tells it when to come back.
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
