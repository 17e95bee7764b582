"""A frame is written to a real connection at once or not at all, and never queued."""

import asyncio
import socket
import tracemalloc
from collections.abc import AsyncIterator
from types import SimpleNamespace

import pytest

from tests.webapp.ends import Connection, Near
from webapp.client import SocketClient
from webapp.frame import Frame

pytestmark = pytest.mark.anyio

FRAME = Frame(b"x" * 4096)
LARGE = Frame(b"y" * 1_000_000)


@pytest.fixture
async def connection() -> AsyncIterator[Connection]:
    loop = asyncio.get_running_loop()
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as far:
        far.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        far.connect(server.getsockname())
        far.setblocking(False)
        near, _ = server.accept()
        near_end = Near()
        transport, _ = await loop.connect_accepted_socket(lambda: near_end, near)
        transport.set_write_buffer_limits(high=0)  # like a connection that was taken over
        made = Connection(transport, far)
        near_end.client = made.client
        yield made
        if not near_end.is_lost:
            transport.abort()
        await asyncio.sleep(0)


def fill(connection: Connection) -> int:
    """Offer frames until one is refused; return how many were taken."""
    taken = 0
    while connection.client.offer(FRAME):
        taken += 1
        assert taken < 10_000
    return taken


async def until_free(connection: Connection) -> None:
    async with asyncio.timeout(5):
        while connection.client.held is not None:  # noqa: ASYNC110
            await asyncio.sleep(0)


async def test_a_frame_is_written_as_a_chunk_at_once(connection: Connection) -> None:
    assert connection.client.offer(Frame(b"data: 1\n\n"))
    assert await connection.read(14) == b"9\r\ndata: 1\n\n\r\n"
    assert connection.client.blocked_since is None


async def test_a_client_that_does_not_read_holds_one_frame_and_no_copy_of_it(
    connection: Connection,
) -> None:
    connection.client.offer(LARGE)
    assert connection.client.held is LARGE
    assert connection.client.blocked_since is not None
    assert 0 < connection.client.owed_bytes < len(LARGE.chunk)
    for _ in range(100):
        assert not connection.client.offer(FRAME)
    assert connection.client.held is LARGE
    assert connection.transport.get_write_buffer_size() <= 4096


async def test_many_clients_that_do_not_read_cost_little_beside_the_frame_they_share(
    connection: Connection,
) -> None:
    """Each connection used to keep a copy of the rest: memory for clients times the snapshot."""
    loop = asyncio.get_running_loop()
    fars, clients = [], []
    tracemalloc.start()
    with socket.create_server(("127.0.0.1", 0)) as server:
        for _ in range(20):
            far = socket.socket()
            far.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            far.connect(server.getsockname())
            near, _ = server.accept()
            transport, _ = await loop.connect_accepted_socket(asyncio.Protocol, near)
            fars.append(far)
            clients.append((SocketClient(transport), transport))
        before, _ = tracemalloc.get_traced_memory()
        for client, _ in clients:
            client.offer(LARGE)
        _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert all(client.held is LARGE for client, _ in clients)
    assert peak - before < 500_000
    for (_, transport), far in zip(clients, fars, strict=True):
        transport.abort()
        far.close()
    await asyncio.sleep(0)


async def test_a_client_that_reads_again_gets_whole_chunks_and_is_offered_more(
    connection: Connection,
) -> None:
    taken = fill(connection)
    data = await connection.read(taken * len(FRAME.chunk))
    assert data == FRAME.chunk * taken
    await until_free(connection)
    assert connection.client.offer(Frame(b"next"))
    assert connection.client.blocked_since is None
    assert await connection.read(9) == b"4\r\nnext\r\n"


async def test_a_large_frame_arrives_whole_without_being_offered_again(
    connection: Connection,
) -> None:
    connection.client.offer(LARGE)
    assert await connection.read(len(LARGE.chunk)) == LARGE.chunk
    await until_free(connection)
    assert connection.client.owed_bytes == 0


async def test_a_client_that_takes_a_little_is_not_one_that_takes_nothing(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr("webapp.client.time", SimpleNamespace(monotonic=lambda: now[0]))
    connection.client.offer(LARGE)
    assert (connection.client.held_since, connection.client.blocked_since) == (100.0, 100.0)
    now[0] = 120.0
    assert not connection.client.offer(FRAME)
    assert connection.client.blocked_since == 100.0
    owed = connection.client.owed_bytes
    while connection.client.owed_bytes == owed:
        await connection.read(4096)
    assert (connection.client.held_since, connection.client.blocked_since) == (100.0, 120.0)


async def test_a_frame_comes_behind_a_head_that_was_not_taken_whole(
    connection: Connection,
) -> None:
    head = b"h" * 1_000_000
    connection.transport.write(head)
    assert connection.transport.get_write_buffer_size()
    assert connection.client.offer(Frame(b"first"))
    wanted = head + Frame(b"first").chunk
    assert await connection.read(len(wanted)) == wanted
    await until_free(connection)
    assert connection.client.offer(Frame(b"second"))
    assert await connection.read(len(Frame(b"second").chunk)) == Frame(b"second").chunk


async def test_a_client_without_chunks_gets_the_events_alone(connection: Connection) -> None:
    client = SocketClient(connection.transport, chunked=False)
    client.offer(Frame(b"data: 1\n\n"))
    client.end(Frame(b"bye\n"))
    assert await connection.read(1000) == b"data: 1\n\nbye\n"


async def test_the_last_frame_ends_the_response(connection: Connection) -> None:
    connection.client.end(Frame(b"bye"))
    assert await connection.read(1000) == b"3\r\nbye\r\n0\r\n\r\n"


async def test_a_client_that_takes_nothing_is_cut_off_at_the_end(connection: Connection) -> None:
    fill(connection)
    connection.client.end(Frame(b"bye"))
    assert connection.transport.is_closing()
    assert connection.transport.get_write_buffer_size() == 0


async def test_a_client_that_hangs_up_and_reads_nothing_is_blocked_too(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It will not send anything more; waiting until it reads would take forever."""
    heard = asyncio.Event()
    monkeypatch.setattr(SocketClient, "on_eof", lambda _: heard.set())
    connection.client.offer(LARGE)
    connection.far.shutdown(socket.SHUT_WR)
    await asyncio.wait_for(heard.wait(), 5)
    assert not connection.client.offer(FRAME)
    assert connection.client.blocked_since is not None


async def test_a_client_that_sends_no_more_and_is_owed_nothing_is_left(
    connection: Connection,
) -> None:
    connection.client.offer(FRAME)
    connection.far.shutdown(socket.SHUT_WR)
    assert await connection.read(len(FRAME.chunk) + 1) == FRAME.chunk


async def test_a_client_that_sends_no_more_is_still_given_the_frame_it_holds(
    connection: Connection,
) -> None:
    connection.client.offer(LARGE)
    connection.far.shutdown(socket.SHUT_WR)
    assert await connection.read(len(LARGE.chunk) + 1) == LARGE.chunk


async def test_a_broken_connection_disturbs_nobody(connection: Connection) -> None:
    linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"
    connection.far.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    connection.far.close()
    while not connection.transport.is_closing():
        assert connection.client.offer(FRAME)
    assert connection.client.offer(FRAME)


async def test_a_connection_that_breaks_while_it_is_owed_something_is_lost_once(
    connection: Connection,
) -> None:
    raised: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: raised.append(context))
    connection.client.offer(LARGE)
    await connection.read(50_000)
    linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"
    connection.far.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    connection.far.close()
    async with asyncio.timeout(5):
        while not connection.transport.is_closing():  # noqa: ASYNC110
            await asyncio.sleep(0)
    for _ in range(5):
        await asyncio.sleep(0)
    assert raised == []
