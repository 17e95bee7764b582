"""Frames written to a real connection: taken at once, or not at all, and never queued."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from webapp.client import MAX_UNSENT_BYTES, SocketClient
from webapp.frame import Frame

pytestmark = pytest.mark.anyio

FRAME = Frame(b"x" * 4096)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Connection:
    """Both ends of a connection: the client that writes, and the socket that reads."""

    def __init__(self, client: SocketClient, transport: asyncio.Transport, far: socket.socket):
        self.client = client
        self.transport = transport
        self.far = far

    async def read(self, count: int) -> bytes:
        loop = asyncio.get_running_loop()
        data = b""
        while len(data) < count and (more := await loop.sock_recv(self.far, count - len(data))):
            data += more
        return data


@pytest.fixture
async def connection() -> AsyncIterator[Connection]:
    loop = asyncio.get_running_loop()
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as far:
        far.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        far.connect(server.getsockname())
        far.setblocking(False)
        near, _ = server.accept()
        transport, _ = await loop.connect_accepted_socket(asyncio.Protocol, near)
        connection = Connection(SocketClient(transport), transport, far)
        yield connection
        transport.abort()
        await asyncio.sleep(0)


def fill(connection: Connection) -> int:
    """Offer frames until one is not taken; return how many were."""
    taken = 0
    while connection.client.offer(FRAME):
        taken += 1
        assert taken < 10_000
    return taken


async def test_a_frame_is_written_as_a_chunk_at_once(connection: Connection) -> None:
    assert connection.client.offer(Frame(b"data: 1\n\n"))
    assert await connection.read(14) == b"9\r\ndata: 1\n\n\r\n"
    assert connection.client.blocked_since is None


async def test_a_client_that_does_not_read_is_never_owed_more_than_a_frame(
    connection: Connection,
) -> None:
    fill(connection)
    assert connection.client.blocked_since is not None
    assert connection.transport.get_write_buffer_size() <= len(FRAME.chunk)
    for _ in range(100):
        assert not connection.client.offer(FRAME)
    assert connection.transport.get_write_buffer_size() <= len(FRAME.chunk)


async def test_a_client_that_reads_again_gets_whole_chunks_and_is_offered_more(
    connection: Connection,
) -> None:
    taken = fill(connection)
    data = await connection.read(taken * len(FRAME.chunk))
    assert data == FRAME.chunk * taken
    assert connection.client.offer(Frame(b"next"))
    assert connection.client.blocked_since is None
    assert await connection.read(9) == b"4\r\nnext\r\n"


async def test_a_client_that_takes_a_little_is_not_one_that_takes_nothing(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr("webapp.client.time.monotonic", lambda: now[0])
    large = Frame(b"y" * 4 * MAX_UNSENT_BYTES * 100)
    assert connection.client.offer(large)
    assert not connection.client.offer(FRAME)
    assert connection.client.blocked_since == 100.0
    now[0] = 120.0
    assert not connection.client.offer(FRAME)
    assert connection.client.blocked_since == 100.0
    owed = connection.transport.get_write_buffer_size()
    while connection.transport.get_write_buffer_size() == owed:
        await connection.read(4096)
    assert not connection.client.offer(FRAME)
    assert connection.client.blocked_since == 120.0


async def test_the_last_frame_ends_the_response(connection: Connection) -> None:
    await connection.client.end(Frame(b"bye"))
    assert await connection.read(1000) == b"3\r\nbye\r\n0\r\n\r\n"


async def test_a_client_that_takes_nothing_is_cut_off_at_the_end(connection: Connection) -> None:
    fill(connection)
    await connection.client.end(Frame(b"bye"))
    assert connection.transport.is_closing()
    assert connection.transport.get_write_buffer_size() == 0


async def test_a_client_that_hangs_up_and_reads_nothing_is_blocked_too(
    connection: Connection,
) -> None:
    """It has said that it sends nothing more; what it is owed would be waited for for ever."""
    assert connection.client.offer(Frame(b"y" * 4 * MAX_UNSENT_BYTES * 100))
    connection.far.shutdown(socket.SHUT_WR)
    while not connection.transport.is_closing():  # noqa: ASYNC110
        await asyncio.sleep(0)
    assert not connection.client.offer(FRAME)
    assert connection.client.blocked_since is not None


async def test_a_broken_connection_disturbs_nobody(connection: Connection) -> None:
    linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"
    connection.far.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    connection.far.close()
    while not connection.transport.is_closing():
        assert connection.client.offer(FRAME)
    assert connection.client.offer(FRAME)
