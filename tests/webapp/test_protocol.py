"""What a connection may do to the server, over a real socket."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from uvicorn import Config
from uvicorn.server import ServerState

from tests.webapp.test_board_state import AT, BOARD, SERVER, proof, snapshot, sums
from webapp import heads
from webapp.events import EventStream
from webapp.feed import Feed
from webapp.frame import Frame
from webapp.heads import MAX_HEAD_BYTES
from webapp.hub import Hub
from webapp.limits import Limits
from webapp.protocol import StreamProtocol

pytestmark = pytest.mark.anyio

# The end of the first chunk of a stream: its status.
WELCOMED = b'"page-1"}\n\n\r\n'
EVENTS = b"GET /events HTTP/1.1\r\nhost: x\r\n\r\n"
PLAIN = b"GET /plain HTTP/1.1\r\nhost: x\r\n\r\n"
TOO_LONG = b"GET /plain HTTP/1.1\r\nhost: x\r\nx-long: " + b"x" * MAX_HEAD_BYTES + b"\r\n\r\n"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Served:
    """A hub and its limits behind a port of this process."""

    def __init__(self, hub: Hub, limits: Limits, port: int) -> None:
        self.hub, self.limits, self.port = hub, limits, port

    async def connect(self, *parts: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(b"".join(parts))
        return reader, writer

    async def ask(self, *parts: bytes) -> bytes:
        """Return all that is answered, once the server has closed the connection."""
        reader, writer = await self.connect(*parts)
        answer = await asyncio.wait_for(reader.read(), 10)
        writer.close()
        return answer

    async def until_clients_are(self, count: int) -> None:
        async with asyncio.timeout(10):
            while self.hub.clients != count:  # noqa: ASYNC110
                await asyncio.sleep(0.01)


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    feed = Feed(BOARD, "page-1")
    feed.accept_snapshot(snapshot(proof=proof(AT), totals={"ALL": sums(1, 5)}), SERVER)
    hub, limits = Hub({BOARD.name: feed}), Limits(5, 5)

    async def plain(_: Request) -> PlainTextResponse:
        return PlainTextResponse("plain")

    app = Starlette(routes=[Route("/events", EventStream(hub, limits)), Route("/plain", plain)])
    config = Config(app, http=StreamProtocol, lifespan="off", access_log=False)
    config.load()
    state = ServerState()
    server = await asyncio.get_running_loop().create_server(
        lambda: StreamProtocol(config=config, server_state=state, app_state={}), "127.0.0.1", 0
    )
    async with server:
        yield Served(hub, limits, server.sockets[0].getsockname()[1])
        for connection in list(state.connections):
            connection.transport.abort()
        await asyncio.sleep(0)


async def test_a_stream_is_the_connections_from_its_head_on(served: Served) -> None:
    reader, writer = await served.connect(EVENTS)
    assert b"event: snapshot" in await asyncio.wait_for(reader.readuntil(WELCOMED), 10)
    assert served.hub.clients == 1
    writer.close()
    await served.until_clients_are(0)


async def test_requests_that_are_refused_take_no_places(served: Served) -> None:
    """What comes behind a head that is too long is not answered, nor counted."""
    for _ in range(6):
        answer = await served.ask(TOO_LONG + EVENTS)
        assert answer.startswith(b"HTTP/1.1 431 ")
        assert answer.count(b"HTTP/1.1") == 1
    assert served.hub.clients == 0
    assert served.limits.refuse("127.0.0.1") is None


@pytest.mark.parametrize("behind", [PLAIN, EVENTS, b"GET /pl"])
async def test_what_comes_behind_a_stream_is_passed_over(served: Served, behind: bytes) -> None:
    reader, writer = await served.connect(EVENTS + behind)
    await asyncio.wait_for(reader.readuntil(WELCOMED), 10)
    writer.write(TOO_LONG)
    await served.hub.audiences[BOARD.name].tell(Frame(b"news\n\n"))
    assert await asyncio.wait_for(reader.readuntil(b"news\n\n\r\n"), 10) == b"6\r\nnews\n\n\r\n"
    assert served.hub.clients == 1
    writer.close()
    await served.until_clients_are(0)
    assert served.limits.refuse("127.0.0.1") is None


async def test_a_stream_behind_another_request_is_a_stream(served: Served) -> None:
    reader, writer = await served.connect(PLAIN + EVENTS)
    assert b"plain" in await asyncio.wait_for(reader.readuntil(WELCOMED), 10)
    assert served.hub.clients == 1
    writer.close()
    await served.until_clients_are(0)


async def test_a_client_that_is_gone_before_it_is_served_takes_no_place(served: Served) -> None:
    for _ in range(6):
        _, writer = await served.connect(EVENTS)
        writer.transport.abort()
    await asyncio.sleep(0.1)
    await served.until_clients_are(0)
    assert served.limits.refuse("127.0.0.1") is None


@pytest.mark.parametrize(
    ("head", "answer"),
    [
        (b"GET /plain HTTP/1.1\r\nhost: ", b"HTTP/1.1 408 "),
        (b"", b""),
        (PLAIN + b"GET", b"HTTP/1.1 200 "),
    ],
    ids=["half a head", "nothing", "half of a second one"],
)
async def test_a_head_that_does_not_come_is_not_waited_for(
    served: Served, head: bytes, answer: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heads, "MAX_HEAD_SECONDS", 0.1)
    told = await served.ask(head)
    assert told.startswith(answer)
    assert told.count(b"HTTP/1.1") == bool(answer)


async def test_a_stream_has_no_such_time(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heads, "MAX_HEAD_SECONDS", 0.05)
    reader, writer = await served.connect(EVENTS)
    await asyncio.wait_for(reader.readuntil(WELCOMED), 10)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(reader.read(1), 0.3)
    assert served.hub.clients == 1
    writer.close()
    await served.until_clients_are(0)
