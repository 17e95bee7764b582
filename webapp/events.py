"""`GET /events`: the event stream of one board."""

import asyncio
import random
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from webapp.addresses import name_holder
from webapp.api import choose_board
from webapp.client import SendClient, SocketClient
from webapp.frame import Frame, encode_retry
from webapp.hub import Hub
from webapp.limits import Limits
from webapp.presence import name_kind
from webapp.protocol import EXTENSION, Connection, Taker
from webapp.refusals import REFUSALS

_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store, no-transform"),
    # Without it, nginx buffers frames.
    (b"x-accel-buffering", b"no"),
]
# A refused client comes back after a random time in this range.
_RETRY_AFTER_SECONDS = (2, 10)
# Clients reconnect after a random time in this range, so that they do not all come at once.
_RETRY_MS = (1_000, 4_000)


@dataclass(frozen=True)
class _Visit:
    """A stream that is open or being opened."""

    board: str
    kind: str
    address: str
    last_event_id: str | None


def _encode_retry() -> bytes:
    return encode_retry(random.randint(*_RETRY_MS))


async def _hang_up(receive: Receive) -> None:
    """Wait until the client disconnects; ignore what it sends."""
    while (await receive())["type"] != "http.disconnect":
        pass


class EventStream:
    """The endpoint. It only opens and closes a stream; the hub writes the frames."""

    def __init__(self, hub: Hub, limits: Limits) -> None:
        self._hub = hub
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        connection: Connection | None = scope.get("extensions", {}).get(EXTENSION)
        visit = _Visit(
            board=choose_board(request.query_params.get("board"), self._hub.feeds),
            kind=name_kind(request.query_params.get("as")),
            address=_find_address(request, connection),
            last_event_id=request.headers.get("last-event-id"),
        )
        if refused := self._refuse(visit.address):
            await refused(scope, receive, send)
            return
        chunked = scope["http_version"] != "1.0"
        if connection is not None and not chunked:
            connection.leave_unframed()
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        if scope["method"] == "HEAD":
            await send({"type": "http.response.body"})
        elif connection is not None:
            self._take_over(connection, visit, chunked=chunked)
        else:
            await self._send_frames(visit, receive, send)

    def _take_over(self, connection: Connection, visit: _Visit, *, chunked: bool) -> None:
        """Let the hub write directly to the connection, until it is lost."""
        taker = Taker(
            on_lost=lambda: self._leave(visit, client),
            on_drained=lambda: client.on_drained(),
            on_eof=lambda: client.on_eof(),
        )
        transport = connection.take_over(taker)
        if transport.is_closing():
            return  # already gone: `on_lost` would never be called
        client = SocketClient(transport, chunked=chunked)
        client.offer(Frame(_encode_retry()))
        self._enter(visit, client)

    async def _send_frames(self, visit: _Visit, receive: Receive, send: Send) -> None:
        """Let the hub pass frames to ASGI's `send`, until the client or the hub ends the stream."""
        body = {"type": "http.response.body", "body": _encode_retry(), "more_body": True}
        await send(body)
        client = SendClient(send)
        hanging_up = asyncio.create_task(_hang_up(receive))
        self._enter(visit, client)
        try:
            await asyncio.wait((hanging_up, client.delivery), return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._leave(visit, client)
            hanging_up.cancel()
            client.drop()
            for end in await asyncio.gather(hanging_up, client.delivery, return_exceptions=True):
                if isinstance(end, Exception) and not isinstance(end, OSError):
                    REFUSALS.note("stream", f"a stream to {visit.address} ended by {end!r}")

    def _enter(self, visit: _Visit, client: SocketClient | SendClient) -> None:
        self._limits.open(visit.address)
        self._hub.presence.enter(visit.board, visit.kind)
        self._hub.join(visit.board, client, visit.last_event_id)

    def _leave(self, visit: _Visit, client: SocketClient | SendClient) -> None:
        self._limits.close(visit.address)
        self._hub.presence.leave(visit.board, visit.kind)
        self._hub.leave(visit.board, client)

    def _refuse(self, address: str) -> Response | None:
        """Return the response that refuses a client; None if it can be served."""
        if self._hub.closing:
            reason = "this server is shutting down"
        elif self._hub.is_overfull:
            reason = "this server has too many slow clients"
        elif limited := self._limits.refuse(address):
            reason = limited
            hint = ""
            if self._limits.is_full(address):
                hint = "; if that is a proxy, name it in FORWARDED_ALLOW_IPS"
            REFUSALS.note("streams", reason + hint)
        else:
            return None
        headers = {"retry-after": str(random.randint(*_RETRY_AFTER_SECONDS))}
        return JSONResponse({"error": reason}, status_code=503, headers=headers)


def _find_address(request: Request, connection: Connection | None) -> str:
    """Return the holder of the client's address, from a trusted proxy or else from the peer.

    It is "" if there is no address, as with a Unix socket.
    """
    told = name_holder(request.client.host) if request.client else None
    return told or (connection and name_holder(connection.peer)) or ""
