"""A leaderboard of 100,000 players: what a reader gets is bounded, and every place is right."""

import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from redis import Redis
from redis.asyncio import Redis as AsyncRedis

from aggregates.board import Board, Groups
from aggregates.keys import CHANNEL
from aggregates.message import Message, decode_message
from tests.sinks.scene import Scene
from tests.webapp.api_client import address, open_client
from webapp.feed import Feed
from webapp.following import Step

pytestmark = [pytest.mark.redis, pytest.mark.anyio, pytest.mark.timeout(300)]

PLAYERS = 100_000
MOST_EVENT_BYTES = 64_000


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
def scores() -> dict[str, int]:
    """Return each player's score; many have the same."""
    return {f"player {n:06}": 1 + n * 7_919 % 5_003 for n in range(PLAYERS)}


@pytest.fixture
def leaderboard(make_board: Callable[..., Board]) -> Board:
    return make_board(groups=Groups(is_contest=True), ticker=None, goal=None)


@pytest.fixture
def scene(redis: Redis, redis_url: str, leaderboard: Board, scores: dict[str, int]) -> Scene:
    scene = Scene(redis, redis_url, leaderboard)
    scene.give(*scores.items())
    return scene


@pytest.fixture
async def feed(scene: Scene) -> Feed:
    return await scene.make_feed()


@pytest.fixture
async def client(feed: Feed, redis_url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        AsyncRedis.from_url(redis_url) as redis,
        open_client({feed.board.name: feed}, redis) as client,
    ):
        yield client


async def test_what_is_sent_of_100_000_players_is_bounded_and_every_place_is_right(
    scene: Scene, feed: Feed, client: httpx.AsyncClient, scores: dict[str, int]
) -> None:
    base = address(feed)
    ranked = sorted(scores, key=lambda player: (-scores[player], player))

    reply = await client.get(base)
    shown = reply.json()
    assert len(reply.content) < MOST_EVENT_BYTES
    assert list(shown["totals"])[1:] == ranked[: scene.board.shown]
    assert shown["rest"]["groups"] == PLAYERS - scene.board.shown
    assert shown["totals"]["ALL"]["amount"] == 100 * sum(scores.values())

    places: dict[str, int] = {}
    after: str | None = ""
    for _ in range(PLAYERS // 1_000 + 1):
        reply = await client.get(f"{base}/groups", params={"limit": 1_000, "after": after or ""})
        page = reply.json()
        assert len(page["groups"]) <= 1_000
        assert len(reply.content) < 200_000
        places |= {one["group"]: one["place"] for one in page["groups"]}
        if (after := page["next"]) is None:
            break
    assert after is None
    assert list(places) == ranked
    assert list(places.values()) == list(range(1, PLAYERS + 1))

    for place in (1, 50, 51, 77_777, PLAYERS):
        player = ranked[place - 1]
        reply = await client.get(f"{base}/groups/{player}")
        told = reply.json()
        assert (told["place"], told["count"]) == (place, PLAYERS)
        assert told["totals"] == {"count": 1, "amount": 100 * scores[player]}
        assert len(reply.content) < 1_000
    assert (await client.get(f"{base}/groups/nobody")).status_code == 404
    assert (await client.get(f"{base}/groups", params={"limit": 1_001})).status_code == 400

    # One batch that changes very many players is still a short event.
    feed.take_frame()
    with scene.redis.pubsub(ignore_subscribe_messages=True) as pubsub:
        pubsub.subscribe(CHANNEL)
        assert pubsub.get_message(timeout=5) is None
        scene.give(*((player, 10_000) for player in ranked[-5_000:]))
        message = next_message(pubsub, scene.board)
    assert len(message.totals) > 5_000
    assert feed.accept_message(message) is Step.FOLLOW
    frame = feed.take_frame()
    assert frame is not None
    assert len(frame) < MOST_EVENT_BYTES
    assert len(feed.snapshot_frame()) < MOST_EVENT_BYTES
    told = (await client.get(f"{base}/groups/{ranked[-1]}")).json()
    assert told["place"] <= 5_000


def next_message(pubsub: Any, board: Board) -> Message:
    """Return the next message of a board; others may publish on the same Redis."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        heard = pubsub.get_message(timeout=1)
        if heard and (message := decode_message(heard["data"])).board == board.name:
            return message
    raise AssertionError("no message came")
