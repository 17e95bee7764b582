"""A client of ASGI's `send`: its failures affect only itself, and nobody waits for it."""

import asyncio

import pytest
from starlette.types import Message

from webapp.client import SendClient
from webapp.frame import Frame

pytestmark = pytest.mark.anyio


class Connection:
    """Behaves like a server's `send`: it waits while the client takes no bytes."""

    def __init__(self) -> None:
        self.taken: list[Message] = []
        self.open = asyncio.Event()
        self.open.set()

    async def send(self, message: Message) -> None:
        self.taken.append(message)
        await self.open.wait()

    @property
    def bodies(self) -> list[bytes]:
        return [message["body"] for message in self.taken]


async def until_free(client: SendClient) -> None:
    """Let the loop run until the client has taken its frame."""
    async with asyncio.timeout(5):
        while not client.can_take:  # noqa: ASYNC110
            await asyncio.sleep(0)


async def test_frames_are_parts_of_one_response_until_the_last() -> None:
    connection = Connection()
    client = SendClient(connection.send)
    assert client.offer(Frame(b"one"))
    await until_free(client)
    client.end(Frame(b"bye"))
    await asyncio.wait_for(client.delivery, 5)
    assert connection.taken == [
        {"type": "http.response.body", "body": b"one", "more_body": True},
        {"type": "http.response.body", "body": b"bye", "more_body": False},
    ]


async def test_a_send_that_waits_is_not_waited_for_and_the_next_frame_is_skipped() -> None:
    connection = Connection()
    connection.open.clear()
    client = SendClient(connection.send)
    assert client.offer(Frame(b"one"))
    assert client.blocked_since is not None
    assert not client.offer(Frame(b"two"))
    await asyncio.sleep(0)
    assert not client.offer(Frame(b"three"))
    assert connection.bodies == [b"one"]
    assert client.owed_bytes == len(b"one")
    connection.open.set()
    await until_free(client)
    assert client.blocked_since is None
    assert client.offer(Frame(b"four"))
    await until_free(client)
    assert connection.bodies == [b"one", b"four"]
    client.drop()


async def test_the_end_does_not_wait_for_a_client_that_takes_nothing() -> None:
    connection = Connection()
    connection.open.clear()
    client = SendClient(connection.send)
    client.offer(Frame(b"one"))
    await asyncio.sleep(0)
    client.end(Frame(b"bye"))
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(client.delivery, 5)
    assert connection.bodies == [b"one"]


async def test_a_dropped_client_ends_its_send() -> None:
    ended: list[BaseException] = []

    async def send(_: Message) -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError as error:
            ended.append(error)
            raise

    client = SendClient(send)
    client.offer(Frame(b"one"))
    await asyncio.sleep(0)
    client.drop()
    await asyncio.wait((client.delivery,), timeout=5)
    assert len(ended) == 1


async def test_a_send_that_fails_ends_its_client_alone() -> None:
    """Offers come from the hub's task; an error there would end every stream of the process."""

    async def send(_: Message) -> None:
        raise ZeroDivisionError

    client, other = SendClient(send), SendClient((connection := Connection()).send)
    for one in (client, other):
        assert one.offer(Frame(b"one"))
    await until_free(other)
    await asyncio.wait((client.delivery,), timeout=5)
    assert isinstance(client.delivery.exception(), ZeroDivisionError)
    assert connection.bodies == [b"one"]
    assert not client.offer(Frame(b"two"))
    other.drop()


async def test_a_send_with_a_time_limit_of_its_own_cancels_nobody_else() -> None:
    """Some servers guard `send` in this way; in the hub's task, it would cancel the hub."""
    timed_out = asyncio.Event()

    async def send(_: Message) -> None:
        try:
            async with asyncio.timeout(0.01):
                await asyncio.Event().wait()
        except TimeoutError:
            timed_out.set()

    client = SendClient(send)
    client.offer(Frame(b"one"))
    await asyncio.wait_for(timed_out.wait(), 5)
    await until_free(client)
    client.drop()
