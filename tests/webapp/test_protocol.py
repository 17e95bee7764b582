"""What a connection can do to the server, over a real socket."""

import asyncio
import re
from collections.abc import AsyncIterator

import pytest

from tests.webapp.here import EVENTS, PLAIN, WELCOMED, Served, serve_here
from tests.webapp.states import BOARD
from webapp import heads
from webapp.frame import Frame
from webapp.heads import MAX_HEAD_BYTES

pytestmark = pytest.mark.anyio

TOO_LONG = b"GET /plain HTTP/1.1\r\nhost: x\r\nx-long: " + b"x" * MAX_HEAD_BYTES + b"\r\n\r\n"


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    async with serve_here() as served:
        yield served


async def test_a_stream_is_the_connections_from_its_head_on(served: Served) -> None:
    reader, writer = await served.connect(EVENTS)
    assert b"event: snapshot" in await asyncio.wait_for(reader.readuntil(WELCOMED), 10)
    assert served.hub.clients == 1
    writer.close()
    await served.until_clients_are(0)


async def test_requests_that_are_refused_take_no_places(served: Served) -> None:
    """Data after a head that is too long is neither answered nor counted."""
    for _ in range(6):
        answer = await served.ask(TOO_LONG + EVENTS)
        assert answer.startswith(b"HTTP/1.1 431 ")
        assert answer.count(b"HTTP/1.1") == 1
    assert served.hub.clients == 0
    assert served.limits.refuse("127.0.0.1") is None


@pytest.mark.parametrize("behind", [PLAIN, EVENTS, b"GET /pl"])
async def test_what_comes_behind_a_stream_is_skipped(served: Served, behind: bytes) -> None:
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


async def test_half_a_request_behind_a_stream_does_not_end_it(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heads, "MAX_HEAD_SECONDS", 0.05)
    reader, writer = await served.connect(EVENTS + b"GET /pl")
    await asyncio.wait_for(reader.readuntil(WELCOMED), 10)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(reader.read(1), 0.3)
    writer.close()
    await served.until_clients_are(0)


async def test_a_server_that_stops_leaves_streams_to_the_goodbye(served: Served) -> None:
    """uvicorn closes its connections 0.1 s after the signal, which is too soon for many."""
    reader, writer = await served.connect(EVENTS)
    await asyncio.wait_for(reader.readuntil(WELCOMED), 10)
    for connection in list(served.state.connections):
        connection.shutdown()
    await served.hub.say_goodbye()
    goodbye = await asyncio.wait_for(reader.read(), 10)
    assert re.fullmatch(rb"[0-9a-f]+\r\nretry: \d{3,4}\n\n\r\n0\r\n\r\n", goodbye)
    writer.close()


async def test_a_client_that_closes_its_sending_side_gets_its_first_events_and_the_end(
    served: Served,
) -> None:
    reader, writer = await served.connect(EVENTS)
    writer.write_eof()
    answer = await asyncio.wait_for(reader.read(), 10)
    assert answer.startswith(b"HTTP/1.1 200 ")
    await served.until_clients_are(0)
    await served.until_connections_are(0)
    writer.close()


async def test_a_client_that_closes_its_sending_side_later_is_left_then(served: Served) -> None:
    reader, writer = await served.connect(EVENTS)
    await asyncio.wait_for(reader.readuntil(WELCOMED), 10)
    writer.write_eof()
    assert await asyncio.wait_for(reader.read(), 10) == b""
    await served.until_clients_are(0)
    writer.close()
