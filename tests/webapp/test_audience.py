"""Frames are written to sockets in one loop, and never to the wrong client."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from tests.webapp.ends import Connection, Near
from webapp import audience as audience_module
from webapp.audience import Audience
from webapp.frame import Frame

pytestmark = pytest.mark.anyio

WELCOME, NEWS = Frame(b"welcome\n\n"), Frame(b"news\n\n")
LARGE = Frame(b"x" * 4_000_000)


class Screen(Connection):
    """A connection of a client of an audience."""

    def has_more(self) -> bool:
        try:
            return bool(self.far.recv(1, socket.MSG_PEEK))
        except BlockingIOError:
            return False

    async def hang_up(self) -> None:
        """End the connection at once, as a transport does; its descriptor is then free."""
        self.transport.abort()
        await asyncio.sleep(0)


Connect = Callable[..., Awaitable[Screen]]


@pytest.fixture
async def connect() -> AsyncIterator[Connect]:
    screens: list[Screen] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        async def connect(far: socket.socket | None = None) -> Screen:
            far = far or socket.socket()
            far.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            far.connect(server.getsockname())
            far.setblocking(False)
            near, _ = server.accept()
            loop = asyncio.get_running_loop()
            near_end = Near()
            transport, _ = await loop.connect_accepted_socket(lambda: near_end, near)
            transport.set_write_buffer_limits(high=0)  # like a connection that was taken over
            screens.append(Screen(transport, far))
            near_end.client = screens[-1].client
            return screens[-1]

        yield connect
        for screen in screens:
            screen.far.close()
            await screen.hang_up()


async def test_all_are_told_the_same_bytes(connect: Connect) -> None:
    audience = Audience()
    screens = [await connect() for _ in range(3)]
    for screen in screens:
        audience.join(screen.client, WELCOME)
    await audience.tell(NEWS)
    for screen in screens:
        wanted = WELCOME.chunk + NEWS.chunk
        assert await screen.read(len(wanted)) == wanted
    assert audience.sent_bytes == 3 * (len(WELCOME.events) + len(NEWS.events))
    assert audience.skipped == 0


async def test_a_descriptor_that_changed_hands_during_a_tell_is_not_written_to(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audience_module, "WRITES_AT_A_STRETCH", 1)
    audience = Audience()
    first, leaver = await connect(), await connect()
    for screen in (first, leaver):
        audience.join(screen.client, WELCOME)
    telling = audience.tell(NEWS)
    telling.send(None)  # up to the point where others are served; the first was told
    audience.leave(leaver.client)
    far = socket.socket()  # or this would get the descriptor
    await leaver.hang_up()
    newcomer = await connect(far)
    assert newcomer.client.descriptor == leaver.client.descriptor
    audience.join(newcomer.client, WELCOME)
    with pytest.raises(StopIteration):
        telling.send(None)
    assert await first.read(len(WELCOME.chunk + NEWS.chunk)) == WELCOME.chunk + NEWS.chunk
    assert await newcomer.read(len(WELCOME.chunk)) == WELCOME.chunk
    assert not newcomer.has_more()


async def test_a_socket_that_takes_a_part_is_told_more_when_it_has_taken_the_rest(
    connect: Connect,
) -> None:
    audience = Audience()
    screen = await connect()
    audience.join(screen.client, WELCOME)
    await audience.tell(LARGE)
    assert screen.client.held is LARGE
    assert audience.behind == set()
    await audience.tell(NEWS)
    assert audience.behind == {screen.client}
    assert audience.skipped == 1
    assert await screen.read(len(WELCOME.chunk + LARGE.chunk)) == WELCOME.chunk + LARGE.chunk
    await audience.catch_up(lambda: WELCOME)
    await audience.tell(NEWS)
    assert await screen.read(len(WELCOME.chunk + NEWS.chunk)) == WELCOME.chunk + NEWS.chunk
    assert audience.behind == set()


async def test_a_socket_that_took_a_part_and_then_the_rest_has_missed_nothing(
    connect: Connect,
) -> None:
    audience = Audience()
    screen = await connect()
    audience.join(screen.client, LARGE)
    assert await screen.read(len(LARGE.chunk)) == LARGE.chunk
    for _ in range(2):
        await audience.tell(NEWS)
        assert await screen.read(len(NEWS.chunk)) == NEWS.chunk
    assert (audience.behind, audience.skipped) == (set(), 0)


async def test_a_broken_socket_is_no_reason_to_stop(connect: Connect) -> None:
    audience = Audience()
    broken, whole = await connect(), await connect()
    for screen in (broken, whole):
        audience.join(screen.client, WELCOME)
    linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"
    broken.far.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    broken.far.close()
    await audience.tell(NEWS)
    assert broken.transport.is_closing()
    wanted = WELCOME.chunk + NEWS.chunk
    assert await whole.read(len(wanted)) == wanted
