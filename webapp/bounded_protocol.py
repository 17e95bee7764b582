"""Extends uvicorn's HTTP protocol with limits on a connection's bytes, time and requests.

uvicorn itself has no such limits, and `python -m webapp` may run without a proxy that has them.
Streams are in `webapp.protocol`. Only these two modules know uvicorn's internals: `cycle` is the
request being answered, `pipeline` holds the requests waiting after it, `parser` reads the next one.
"""

import asyncio
from collections.abc import Callable
from http import HTTPStatus

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from webapp import heads
from webapp.files import most_connections
from webapp.refusals import REFUSALS

# A client that does not take a response within this time is cut off.
MAX_FLUSH_SECONDS = 30.0

_TOO_LARGE = f"the request's line and headers have more than {heads.MAX_HEAD_BYTES:,} bytes"


class _StopParsingError(Exception):
    """Stops parsing received data, because the connection is being closed."""


class BoundedProtocol(HttpToolsProtocol):
    """Refuses or ends connections that exceed the limits."""

    # Bytes of the head parsed so far, and bytes received since the last parsed part.
    _head_bytes = 0
    _received_bytes = 0
    _refused = False
    # They end the connection when a head or body takes too long, or a response is not taken.
    _read_timer: asyncio.TimerHandle | None = None
    _flush_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > most_connections():
            REFUSALS.note("connections", f"all {most_connections():,} connections are in use")
            transport.abort()
            return
        self._read_within(heads.MAX_HEAD_SECONDS, self._end_waiting_for_head)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self.stop_timers()

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        self._unset_keepalive_if_required()
        if self._read_timer is None:
            # Whatever came, even an empty line before a request: a head must follow in time.
            self._read_within(heads.MAX_HEAD_SECONDS, self._end_waiting_for_head)
        self._received_bytes += len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            REFUSALS.note("upgrade", f"{self._name_peer()} asked for another protocol")
        except httptools.HttpParserError:
            self._refuse(400, "the request is not valid HTTP")
        if self._received_bytes > heads.MAX_HEAD_BYTES:
            self._refuse(431, _TOO_LARGE)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head_bytes = 0
        if self._read_timer is None:
            self._read_within(heads.MAX_HEAD_SECONDS, self._end_waiting_for_head)

    def on_url(self, url: bytes) -> None:
        self._head_bytes += len(url)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._head_bytes += len(name) + len(value)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._received_bytes = 0
        self._stop_read_timer()
        if self._head_bytes > heads.MAX_HEAD_BYTES:
            self._refuse(431, _TOO_LARGE)
        elif fault := heads.find_fault(self.headers, self.parser.get_http_version()):
            self._refuse(400, fault)
        elif len(self.pipeline) >= heads.MAX_PIPELINED:
            self._refuse(429, f"more than {heads.MAX_PIPELINED} requests were sent ahead")
        if self._refused:
            raise _StopParsingError
        super().on_headers_complete()
        if heads.announces_body(self.headers):
            # Closed after the response: else the rest of an unread body would have to be read.
            self.cycle.keep_alive = False
            self._read_within(heads.MAX_BODY_SECONDS, self._close)

    def on_body(self, body: bytes) -> None:
        self._received_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._stop_read_timer()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.transport.is_closing():
            self._flush_or_abort()

    def timeout_keep_alive_handler(self) -> None:
        self._close()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._flush_or_abort()

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._flush_timer is not None and not self.transport.is_closing():
            self._flush_timer.cancel()
            self._flush_timer = None

    def stop_timers(self) -> None:
        """Stop the timers, so that the connection no longer ends by itself."""
        self._stop_read_timer()
        if self._flush_timer is not None:
            self._flush_timer.cancel()
            self._flush_timer = None

    def _read_within(self, seconds: float, end: Callable[[], None]) -> None:
        self._read_timer = self.loop.call_later(seconds, end)

    def _stop_read_timer(self) -> None:
        if self._read_timer is not None:
            self._read_timer.cancel()
            self._read_timer = None

    def _end_waiting_for_head(self) -> None:
        if self._received_bytes:
            seconds = heads.MAX_HEAD_SECONDS
            self._refuse(408, f"the request's line and headers took over {seconds:.0f} s")
        else:
            self._close()  # a browser opens connections that it may never use

    def _refuse(self, status: int, why: str) -> None:
        """Respond with an error, unless an earlier response is still being sent, and close."""
        if self._refused:
            return
        self._refused = True
        REFUSALS.note(str(status), f"{self._name_peer()}: {why}")
        if self.cycle is None or self.cycle.response_complete:
            text = f"{why}\n"
            self.transport.write(
                f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n"
                "content-type: text/plain; charset=utf-8\r\nx-content-type-options: nosniff\r\n"
                f"cache-control: no-store\r\ncontent-length: {len(text)}\r\n"
                f"connection: close\r\n\r\n{text}".encode()
            )
        self.pipeline.clear()
        self._close()

    def _name_peer(self) -> str:
        return self.client[0] if self.client else "a client"

    def _close(self) -> None:
        self._stop_read_timer()
        self.transport.close()
        self._flush_or_abort()

    def _flush_or_abort(self) -> None:
        """Cut the connection if the client does not take the buffered bytes in time."""
        if self._flush_timer is None and self.transport.get_write_buffer_size():
            self._flush_timer = self.loop.call_later(MAX_FLUSH_SECONDS, self.transport.abort)
