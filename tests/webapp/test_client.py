"""A client takes a frame at once or not at all: the hub never waits for one."""

import asyncio

import pytest
from starlette.types import Message

from webapp.client import SendClient
from webapp.frame import Frame

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Connection:
    """What a server's `send` does: it waits while the client takes no bytes."""

    def __init__(self) -> None:
        self.taken: list[Message] = []
        self.open = asyncio.Event()
        self.open.set()
        self.cuts = 0

    def cut(self) -> None:
        self.cuts += 1

    async def send(self, message: Message) -> None:
        self.taken.append(message)
        await self.open.wait()

    @property
    def bodies(self) -> list[bytes]:
        return [message["body"] for message in self.taken]


async def settle(client: SendClient) -> None:
    """Let the loop run until the client takes bytes again."""
    while client.blocked_since is not None:  # noqa: ASYNC110
        await asyncio.sleep(0)


async def test_a_client_that_takes_its_bytes_has_them_when_offer_returns() -> None:
    connection = Connection()
    client = SendClient(connection.send, connection.cut)
    tasks = asyncio.all_tasks()
    assert client.offer(Frame(b"one"))
    assert client.offer(Frame(b"two"))
    assert connection.bodies == [b"one", b"two"]
    assert asyncio.all_tasks() == tasks
    assert client.blocked_since is None


async def test_frames_are_parts_of_one_response_until_the_last() -> None:
    connection = Connection()
    client = SendClient(connection.send, connection.cut)
    client.offer(Frame(b"one"))
    await client.end(Frame(b"bye"))
    assert connection.taken == [
        {"type": "http.response.body", "body": b"one", "more_body": True},
        {"type": "http.response.body", "body": b"bye"},
    ]


async def test_a_send_that_waits_is_not_waited_for_and_the_next_frame_is_skipped() -> None:
    connection = Connection()
    connection.open.clear()
    client = SendClient(connection.send, connection.cut)
    assert client.offer(Frame(b"one"))
    assert client.blocked_since is not None
    assert not client.offer(Frame(b"two"))
    assert connection.bodies == [b"one"]
    assert connection.cuts == 0
    client.drop()
    await settle(client)
    assert connection.cuts == 1


async def test_the_end_does_not_wait_for_who_takes_nothing() -> None:
    for frames in (0, 1):
        connection = Connection()
        connection.open.clear()
        client = SendClient(connection.send, connection.cut)
        for _ in range(frames):
            client.offer(Frame(b"one"))
        await asyncio.wait_for(client.end(Frame(b"bye")), 1)
        assert connection.cuts == 1
        await settle(client)


async def test_a_client_that_takes_bytes_again_is_offered_frames_again() -> None:
    connection = Connection()
    connection.open.clear()
    client = SendClient(connection.send, connection.cut)
    client.offer(Frame(b"one"))
    client.offer(Frame(b"two"))
    connection.open.set()
    await settle(client)
    assert client.offer(Frame(b"three"))
    assert connection.bodies == [b"one", b"three"]


async def test_a_send_that_waits_several_times_is_seen_through() -> None:
    steps: list[int] = []

    async def send(_: Message) -> None:
        for step in range(3):
            await asyncio.sleep(0)
            steps.append(step)

    client = SendClient(send, lambda: None)
    client.offer(Frame(b"one"))
    await settle(client)
    assert steps == [0, 1, 2]


async def test_a_closed_client_ends_its_send() -> None:
    ended: list[BaseException] = []

    async def send(_: Message) -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError as error:
            ended.append(error)
            raise

    client = SendClient(send, lambda: None)
    client.offer(Frame(b"one"))
    await asyncio.sleep(0)
    client.drop()
    await settle(client)
    assert len(ended) == 1


async def test_a_connection_that_breaks_while_it_is_waited_for_disturbs_nobody() -> None:
    broken = asyncio.Event()

    async def send(_: Message) -> None:
        await broken.wait()
        raise ConnectionResetError

    raised: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: raised.append(context))
    client = SendClient(send, lambda: None)
    client.offer(Frame(b"one"))
    broken.set()
    await settle(client)
    assert raised == []


async def test_closing_a_client_that_waits_for_nothing_is_nothing() -> None:
    connection = Connection()
    client = SendClient(connection.send, connection.cut)
    client.drop()
    assert client.offer(Frame(b"one"))
