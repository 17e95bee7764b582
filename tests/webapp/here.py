"""Serves streams in the test's own process, so that the test can inspect the objects."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from uvicorn import Config
from uvicorn.server import ServerState

from tests.webapp.states import AT, BOARD, SERVER, proof, snapshot, sums
from webapp.answers import Answers
from webapp.events import EventStream
from webapp.feed import Feed
from webapp.hub import Hub
from webapp.limits import Limits
from webapp.protocol import StreamProtocol

# The end of the first event's chunk, a status.
WELCOMED = b'"page-1"}\n\n\r\n'
EVENTS = b"GET /events HTTP/1.1\r\nhost: x\r\n\r\n"
PLAIN = b"GET /plain HTTP/1.1\r\nhost: x\r\n\r\n"
# The answer of /large.
LARGE = b"x" * 8_000_000


class Served:
    """A hub and its limits behind a port of this process."""

    def __init__(self, hub: Hub, limits: Limits, state: ServerState, port: int) -> None:
        self.hub, self.limits, self.state, self.port = hub, limits, state, port

    async def connect(self, *parts: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(b"".join(parts))
        return reader, writer

    async def ask(self, *parts: bytes) -> bytes:
        """Return the whole answer after the server has closed the connection."""
        reader, writer = await self.connect(*parts)
        answer = await asyncio.wait_for(reader.read(), 10)
        writer.close()
        return answer

    async def until_clients_are(self, count: int) -> None:
        async with asyncio.timeout(10):
            while self.hub.clients != count:  # noqa: ASYNC110
                await asyncio.sleep(0.01)

    async def until_connections_are(self, count: int) -> None:
        async with asyncio.timeout(10):
            while len(self.state.connections) != count:  # noqa: ASYNC110
                await asyncio.sleep(0.01)


def make_config(hub: Hub, limits: Limits) -> Config:
    """Return uvicorn's settings for /events and two answers that are not streams."""

    async def plain(_: Request) -> Response:
        return PlainTextResponse("plain")

    async def large(_: Request) -> Response:
        return Response(LARGE)

    app = Starlette(
        routes=[
            Route("/events", EventStream(hub, limits)),
            Route("/plain", plain),
            Route("/large", large),
        ],
        middleware=[Middleware(Answers)],
    )
    config = Config(app, http=StreamProtocol, ws="none", lifespan="off", access_log=False)
    config.load()
    return config


def make_hub() -> Hub:
    """Return a hub of one live board."""
    feed = Feed(BOARD, "page-1")
    feed.accept_snapshot(snapshot(proof=proof(AT), totals={"ALL": sums(1, 5)}), SERVER)
    feed.take_frame()
    return Hub({BOARD.name: feed})


@asynccontextmanager
async def serve_here() -> AsyncIterator[Served]:
    """Serve a live board until the end of the block, with at most five streams."""
    hub, limits, state = make_hub(), Limits(5, 5), ServerState()
    config = make_config(hub, limits)
    server = await asyncio.get_running_loop().create_server(
        lambda: StreamProtocol(config=config, server_state=state, app_state={}), "127.0.0.1", 0
    )
    async with server:
        yield Served(hub, limits, state, server.sockets[0].getsockname()[1])
        for connection in list(state.connections):
            connection.transport.abort()
        await asyncio.sleep(0)
