"""`GET /events`: the stream of one board, for as long as the client stays."""

import asyncio
import random

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from webapp.api import choose_board
from webapp.client import SendClient, SocketClient
from webapp.hub import Hub
from webapp.limits import Limits
from webapp.protocol import EXTENSION, Connection

_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store, no-transform"),
    # nginx would collect frames otherwise.
    (b"x-accel-buffering", b"no"),
    # The stream holds nothing that the page does not show; a sponsor's own page may show it too.
    (b"access-control-allow-origin", b"*"),
]
# Who is turned away comes back within so many seconds, each at another time.
_RETRY_AFTER_SECONDS = (2, 10)


async def _hang_up(receive: Receive) -> None:
    """Return when the client has hung up; what it sends is passed over."""
    while (await receive())["type"] != "http.disconnect":
        pass


class EventStream:
    """The endpoint. It only opens and closes a stream: the hub writes what is in between."""

    def __init__(self, hub: Hub, limits: Limits) -> None:
        self._hub = hub
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        board = choose_board(request.query_params.get("board"), self._hub.feeds)
        address = request.client.host if request.client else ""
        if refused := self._refuse(address):
            await refused(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        if scope["method"] == "HEAD":
            await send({"type": "http.response.body"})
            return
        last_event_id = request.headers.get("last-event-id")
        connection: Connection | None = scope.get("extensions", {}).get(EXTENSION)
        if connection is not None and scope["http_version"] == "1.1":
            self._take_over(connection, board, address, last_event_id)
            return
        ended = asyncio.Event()
        client = SendClient(send, ended.set)
        self._limits.open(address)
        self._hub.join(board, client, last_event_id)
        hanging_up = asyncio.ensure_future(_hang_up(receive))
        ending = asyncio.ensure_future(ended.wait())
        try:
            await asyncio.wait((hanging_up, ending), return_when=asyncio.FIRST_COMPLETED)
        finally:
            hanging_up.cancel()
            ending.cancel()
            self._limits.close(address)
            self._hub.leave(board, client)
            client.drop()

    def _take_over(
        self, connection: Connection, board: str, address: str, last_event_id: str | None
    ) -> None:
        """Have the hub write to the connection itself, for as long as that lasts."""

        def leave() -> None:
            self._limits.close(address)
            self._hub.leave(board, client)

        transport = connection.take_over(leave)
        if transport.is_closing():
            return  # gone already, so that nobody would say when it leaves
        client = SocketClient(transport)
        self._limits.open(address)
        self._hub.join(board, client, last_event_id)

    def _refuse(self, address: str) -> Response | None:
        """Return the answer to who cannot be served now."""
        reason = "this server is ending" if self._hub.closing else self._limits.refuse(address)
        if reason is None:
            return None
        headers = {"retry-after": str(random.randint(*_RETRY_AFTER_SECONDS))}
        return JSONResponse({"error": reason}, status_code=503, headers=headers)
