"""Limits of a connection that is not a stream: bytes, time, pipelined requests, files."""

import asyncio
import logging
import socket
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from uvicorn.server import ServerState

from tests.webapp.here import EVENTS, PLAIN, WELCOMED, Served, make_config, make_hub, serve_here
from webapp import bounded_protocol, heads
from webapp.limits import Limits
from webapp.protocol import StreamProtocol
from webapp.refusals import REFUSALS, Refusals

pytestmark = pytest.mark.anyio


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    async with serve_here() as served:
        yield served


class Transport(asyncio.Transport):
    """A connection that accepts everything until it is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += data

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    def get_write_buffer_size(self) -> int:
        return 0

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


async def test_a_flood_of_requests_on_one_connection_costs_less_than_a_megabyte() -> None:
    """One read takes 256 KiB: about 8,000 requests, all of which used to be kept."""
    flood = (PLAIN * 10_000)[: 256 * 1024]
    state, transport = ServerState(), Transport()
    config = make_config(make_hub(), Limits(5, 5))
    protocol = StreamProtocol(config=config, server_state=state, app_state={})
    protocol.connection_made(transport)
    tracemalloc.start()
    protocol.data_received(flood)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1024 * 1024
    assert transport.closed
    assert len(protocol.pipeline) == 0
    protocol.connection_lost(None)
    await asyncio.gather(*state.tasks)


async def test_a_few_requests_ahead_are_answered_in_order(served: Served) -> None:
    ahead = (PLAIN + b"GET /nothing HTTP/1.1\r\nhost: x\r\n\r\n") * 4
    last = b"GET /plain HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
    answer = await served.ask(ahead + last)
    found = [part[:3] for part in answer.split(b"HTTP/1.1 ")[1:]]
    assert found == [b"200", b"404"] * 4 + [b"200"]


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"GET /plain HTTP/1.1\r\n\r\n", b"400"),
        (b"GET /plain HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n", b"400"),
        (b"GET /plain HTTP/1.0\r\nhost: a\r\nhost: b\r\n\r\n", b"400"),
        (b"GET /plain HTTP/1.0\r\n\r\n", b"200"),
        (b"GET /plain HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n", b"200"),
        (b"nonsense\r\n\r\n", b"400"),
    ],
)
async def test_a_request_names_its_host_once(served: Served, head: bytes, status: bytes) -> None:
    answer = await served.ask(head)
    assert answer.split(b" ")[1] == status
    assert b"x-content-type-options: nosniff\r\n" in answer
    assert b"connection: close\r\n" in answer


@pytest.mark.parametrize(
    "head",
    [
        b"POST /plain HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\n",
        b"GET /plain HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\n",
        b"GET /plain HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n",
    ],
    ids=["a body after 405", "a body after 200", "chunks"],
)
async def test_a_body_that_nobody_reads_is_not_waited_for(served: Served, head: bytes) -> None:
    answer = await served.ask(head)
    assert answer.startswith((b"HTTP/1.1 405 ", b"HTTP/1.1 200 "))
    assert b"connection: close\r\n" in answer


async def test_a_request_without_a_body_keeps_its_connection(served: Served) -> None:
    no_body = b"GET /plain HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n"
    reader, writer = await served.connect(no_body)
    head = await asyncio.wait_for(reader.readuntil(b"plain"), 10)
    assert b"connection: close" not in head
    writer.close()


async def test_lines_after_an_answer_do_not_keep_a_connection(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each byte used to end the idle timer, and no timer for the head was running."""
    monkeypatch.setattr(heads, "MAX_HEAD_SECONDS", 0.2)
    reader, writer = await served.connect(PLAIN)
    await asyncio.wait_for(reader.readuntil(b"plain"), 10)

    async def drip() -> None:
        while not reader.at_eof():
            writer.write(b"\r\n")
            await asyncio.sleep(0.05)

    dripping = asyncio.create_task(drip())
    async with asyncio.timeout(5):
        await reader.read()
    dripping.cancel()
    writer.close()
    await served.until_connections_are(0)


async def test_an_answer_that_is_not_taken_is_not_kept_forever(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded_protocol, "MAX_FLUSH_SECONDS", 0.2)
    with socket.socket() as far:
        far.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        far.connect(("127.0.0.1", served.port))
        far.sendall(b"GET /large HTTP/1.1\r\nhost: x\r\n\r\n")
        await served.until_connections_are(1)
        await served.until_connections_are(0)


async def test_connections_of_all_kinds_are_counted_against_the_files(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded_protocol, "most_connections", lambda: 3)
    idle = [await served.connect(b"") for _ in range(2)]
    reader, writer = await served.connect(EVENTS)
    await asyncio.wait_for(reader.readuntil(WELCOMED), 10)
    before = REFUSALS.counts["connections"]
    fourth, writer_of_fourth = await served.connect(PLAIN)
    with suppress(ConnectionError):
        assert await asyncio.wait_for(fourth.read(), 10) == b""
    writer_of_fourth.close()
    assert REFUSALS.counts["connections"] == before + 1
    idle[0][1].close()
    await served.until_connections_are(2)
    assert (await served.ask(PLAIN.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n")))[
        9:12
    ] == (b"200")
    for _, one in (idle[1], (reader, writer)):
        one.close()


async def test_a_flood_of_bad_requests_is_one_line_in_the_log(
    served: Served, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusals = Refusals()
    monkeypatch.setattr(bounded_protocol, "REFUSALS", refusals)
    upgrade = PLAIN.replace(b"\r\n\r\n", b"\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n")
    with caplog.at_level(logging.DEBUG):
        for _ in range(20):
            assert (await served.ask(b"nonsense\r\n\r\n")).startswith(b"HTTP/1.1 400 ")
            reader, writer = await served.connect(upgrade)
            assert b"HTTP/1.1 200 " in await asyncio.wait_for(reader.readuntil(b"plain"), 10)
            writer.close()
    lines = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert refusals.counts == {"400": 20, "upgrade": 20}
    assert len(lines) == 2
    assert all("127.0.0.1" in line for line in lines)
