"""How a stream begins, for any client and any version of HTTP."""

import asyncio
import re
from collections.abc import AsyncIterator

import pytest
from starlette.types import Message, Scope

from tests.webapp.here import EVENTS, WELCOMED, Served, make_hub, serve_here
from tests.webapp.states import BOARD, message, sums
from webapp.events import EventStream
from webapp.hub import Hub
from webapp.limits import Limits

pytestmark = pytest.mark.anyio
NAME = BOARD.name


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    async with serve_here() as served:
        yield served


def unchunk(body: bytes) -> bytes:
    """Return the content of complete chunks."""
    content = b""
    while body:
        length, _, body = body.partition(b"\r\n")
        content += body[: int(length, 16)]
        body = body[int(length, 16) + 2 :]
    return content


async def test_the_time_to_come_back_is_part_of_the_first_event(served: Served) -> None:
    """A client may ignore a block without data."""
    reader, writer = await served.connect(EVENTS)
    _, body = (await asyncio.wait_for(reader.readuntil(WELCOMED), 10)).split(b"\r\n\r\n", 1)
    first = unchunk(body).split(b"\n\n")[0].decode().splitlines()
    assert re.fullmatch(r"retry: [1-3]\d{3}|retry: 4000", first[0])
    assert "event: snapshot" in first
    assert first[-1].startswith("data: {")
    writer.close()


async def test_clients_come_back_at_different_times(served: Served) -> None:
    times = set()
    for _ in range(15):
        reader, writer = await served.connect(EVENTS)
        times.add(re.findall(rb"retry: (\d+)", await reader.readuntil(WELCOMED))[0])
        writer.close()
        await served.until_clients_are(0)
    assert len(times) > 5


async def test_a_client_of_http_1_0_gets_events_without_chunks(served: Served) -> None:
    reader, writer = await served.connect(b"GET /events HTTP/1.0\r\n\r\n")
    answer = await asyncio.wait_for(reader.readuntil(b'"page-1"}\n\n'), 10)
    head, body = answer.split(b"\r\n\r\n", 1)
    assert b"transfer-encoding" not in head
    assert b"connection: close" in head
    assert body.startswith(b"retry: ")
    feed = served.hub.feeds[NAME]
    feed.accept_message(message(8, totals={"ALL": sums(2, 9)}))
    task = asyncio.create_task(served.hub.run())
    update = await asyncio.wait_for(reader.readuntil(b"\n\n"), 10)
    assert update.startswith(b"id: ")
    assert b"\r" not in update
    await served.hub.say_goodbye()
    assert re.search(rb"retry: \d+\n\n$", await asyncio.wait_for(reader.read(), 10))
    await task
    writer.close()


async def test_screens_are_counted_by_what_they_say_they_are(served: Served) -> None:
    writers = []
    for query in (b"?as=wall", b"?as=wall", b"?as=overlay", b"", b"?as=<script>"):
        reader, writer = await served.connect(EVENTS.replace(b"/events", b"/events" + query))
        await asyncio.wait_for(reader.readuntil(WELCOMED), 10)
        writers.append(writer)
    counted = served.hub.presence.count(NAME)
    assert {kind: number for kind, number in counted.items() if number} == {
        "wall": 2,
        "overlay": 1,
        "other": 2,
    }
    for writer in writers:
        writer.close()
    await served.until_clients_are(0)
    assert set(served.hub.presence.count(NAME).values()) == {0}


async def test_slow_clients_that_came_together_hold_one_frame(served: Served) -> None:
    """Each used to have its own frame, with its own time to reconnect."""
    frames = []
    for _ in range(3):
        reader, writer = await served.connect(EVENTS)
        await asyncio.wait_for(reader.readuntil(WELCOMED), 10)
        frames.append(served.hub._make_snapshot(NAME))
        writer.close()
    feed = served.hub.feeds[NAME]
    assert len({id(frame) for frame in frames}) <= 2  # a snapshot is encoded once a second
    feed.set_offline("gone")
    assert served.hub._make_snapshot(NAME) is not frames[-1]


class Asked:
    """Return a request as any ASGI server passes it, without a connection."""

    def __init__(self, hub: Hub, limits: Limits, client: tuple[str, int] | None) -> None:
        self.taken: list[Message] = []
        self.hung_up = asyncio.Event()
        self.fail_with: Exception | None = None
        self.scope: Scope = {
            "type": "http",
            "method": "GET",
            "http_version": "1.1",
            "path": "/events",
            "query_string": b"",
            "headers": [],
            "client": client,
        }
        self._answering = EventStream(hub, limits)

    async def receive(self) -> Message:
        await self.hung_up.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        if self.fail_with is not None:
            raise self.fail_with
        self.taken.append(message)

    def begin(self) -> asyncio.Task[None]:
        return asyncio.create_task(self._answering(self.scope, self.receive, self.send))

    async def until_taken(self, count: int) -> None:
        async with asyncio.timeout(5):
            while len(self.taken) < count:  # noqa: ASYNC110
                await asyncio.sleep(0)


async def test_any_server_can_serve_a_stream() -> None:
    hub, limits = make_hub(), Limits(5, 5)
    asked = Asked(hub, limits, ("10.0.0.1", 1))
    answering = asked.begin()
    await asked.until_taken(3)
    told = b"".join(one.get("body", b"") for one in asked.taken)
    assert re.match(rb"retry: \d+\nid: \S+\nevent: snapshot\n", told)
    asked.hung_up.set()
    await asyncio.wait_for(answering, 5)
    assert hub.clients == 0


async def test_a_stream_whose_send_fails_ends_alone() -> None:
    hub, limits = make_hub(), Limits(5, 5)
    failing, whole = (Asked(hub, limits, ("10.0.0.1", 1)) for _ in range(2))
    ends = [failing.begin(), whole.begin()]
    await asyncio.gather(failing.until_taken(3), whole.until_taken(3))
    running = asyncio.create_task(hub.run())
    failing.fail_with = ZeroDivisionError("theirs")
    hub.feeds[NAME].accept_message(message(8, totals={"ALL": sums(2, 9)}))
    await asyncio.wait_for(ends[0], 5)
    await whole.until_taken(4)
    assert not running.done()
    assert hub.clients == 1
    await hub.say_goodbye()
    await asyncio.wait_for(asyncio.gather(ends[1], running), 5)
    assert whole.taken[-1]["more_body"] is False
    assert limits.refuse("10.0.0.1") is None


@pytest.mark.parametrize(
    ("first", "second", "is_refused"),
    [
        ("9.9.9.9", "9.9.9.9", True),
        ("9.9.9.9", "::ffff:9.9.9.9", True),
        ("2001:db8::1", "2001:db8::2", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("9.9.9.9", "9.9.9.8", False),
        ("<script>", "' or 1", False),
    ],
)
async def test_a_limit_is_each_holders_of_addresses(
    first: str, second: str, is_refused: bool
) -> None:
    hub, limits = make_hub(), Limits(100, 1)
    one, other = (Asked(hub, limits, (address, 1)) for address in (first, second))
    ends = [one.begin()]
    await one.until_taken(3)
    ends.append(other.begin())
    await other.until_taken(1)
    assert other.taken[0]["status"] == (503 if is_refused else 200)
    for asked in (one, other):
        asked.hung_up.set()
    await asyncio.gather(*ends)


async def test_a_made_up_address_is_the_proxys() -> None:
    """If every proxy is trusted, anybody can write anything into X-Forwarded-For."""

    class Made:
        peer = "10.0.0.7"

    hub, limits = make_hub(), Limits(100, 1)
    limits.open("10.0.0.7")
    asked = Asked(hub, limits, ("<script>", 0))
    asked.scope["extensions"] = {"tallyboard.stream": Made()}
    await asyncio.wait_for(asked.begin(), 5)
    assert asked.taken[0]["status"] == 503


async def test_nobody_is_served_while_slow_clients_hold_the_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("webapp.hub.MAX_HELD_BYTES", 10)
    monkeypatch.setattr("webapp.hub.COUNT_HELD_SECONDS", 0.0)
    hub, limits = make_hub(), Limits(5, 5)
    slow = Asked(hub, limits, ("10.0.0.1", 1))
    stuck = asyncio.Event()

    async def send(message: Message) -> None:
        slow.taken.append(message)
        if len(slow.taken) > 2:
            await stuck.wait()

    slow.send = send  # type: ignore[method-assign]
    ends = [slow.begin()]
    await slow.until_taken(3)
    refused = Asked(hub, limits, ("10.0.0.2", 1))
    await asyncio.wait_for(refused.begin(), 5)
    assert refused.taken[0]["status"] == 503
    stuck.set()
    slow.hung_up.set()
    await asyncio.gather(*ends)
