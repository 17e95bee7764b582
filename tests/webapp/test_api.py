import json
import re
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from redis import Redis
from redis.asyncio import Redis as AsyncRedis

from aggregates.batch import BatchEncoder, Change
from aggregates.board import Board, Ticker
from aggregates.keys import board_keys
from aggregates.panel import encode_panel
from aggregates.scripts import apply_batch, read_snapshot
from aggregates.server_id import read_server_id
from tests.aggregates.panels import make_panel
from tests.conftest import free_port
from tests.proof import prove_totals
from tests.stream_events import donation
from tests.webapp.api_client import address, open_client
from tests.webapp.states import AT, SERVER, message, proof, snapshot, sums
from webapp.api import UnknownBoard, choose_board
from webapp.feed import Feed
from webapp.presence import Presence

pytestmark = pytest.mark.anyio


@pytest.fixture
async def async_redis(redis_url: str) -> AsyncIterator[AsyncRedis]:
    async with AsyncRedis.from_url(redis_url) as client:
        yield client


@pytest.fixture
def feed(board: Board) -> Feed:
    return Feed(board, "page-1")


@pytest.fixture
async def client(feed: Feed, async_redis: AsyncRedis) -> AsyncIterator[httpx.AsyncClient]:
    async with open_client({feed.board.name: feed}, async_redis) as client:
        yield client


def count(redis: Redis, board: Board, *images: dict[str, Any]) -> None:
    changes = [Change(image["donationId"]["S"], i, image) for i, image in enumerate(images, 1)]
    batch = BatchEncoder(board).encode_stream(changes, stream_ms=1)
    apply_batch(redis, board_keys(board.name), batch)


async def test_boards_are_listed_by_name_and_title(client: httpx.AsyncClient, feed: Feed) -> None:
    reply = await client.get("/api/boards")
    assert reply.json() == {"boards": [{"name": feed.board.name, "title": "Live fundraiser"}]}


async def test_a_board_that_was_never_read_is_unavailable_with_its_reason(
    client: httpx.AsyncClient, feed: Feed
) -> None:
    reply = await client.get(address(feed))
    assert (reply.status_code, reply.headers["retry-after"]) == (503, "2")
    assert reply.json()["error"] == "Redis does not answer"
    assert reply.json()["status"]["live"] is False


async def test_a_board_is_its_snapshot(client: httpx.AsyncClient, feed: Feed) -> None:
    feed.accept_snapshot(snapshot(proof=proof(AT), totals={"ALL": sums(1, 5)}), SERVER)
    reply = await client.get(address(feed))
    assert reply.status_code == 200
    shown, expected = reply.json(), json.loads(feed.snapshot_text())
    for body in (shown, expected):
        del body["status"]["at"]
    assert shown == expected
    assert reply.headers["access-control-allow-origin"] == "*"
    assert reply.headers["cache-control"] == "no-cache"


async def test_the_panels_of_a_board_are_listed_for_any_site(
    client: httpx.AsyncClient, feed: Feed
) -> None:
    reply = await client.get(f"{address(feed)}/panels")
    assert (reply.status_code, reply.json()) == (200, {"panels": []})
    assert reply.headers["access-control-allow-origin"] == "*"
    panel = make_panel()
    feed.panels.accept_text(encode_panel(panel).encode())
    [told] = (await client.get(f"{address(feed)}/panels")).json()["panels"]
    assert told == json.loads(encode_panel(panel))


async def test_the_last_known_figures_are_given_while_redis_is_gone(
    client: httpx.AsyncClient, feed: Feed
) -> None:
    feed.accept_snapshot(snapshot(proof=proof(AT), totals={"ALL": sums(1, 5)}), SERVER)
    feed.set_offline()
    reply = await client.get(address(feed))
    assert reply.status_code == 200
    assert reply.json()["totals"] == {"ALL": sums(1, 5)}
    assert reply.json()["status"]["state"] == "offline"


@pytest.mark.parametrize("sent", ["{}", "W/{}", '"other", {}'])
async def test_a_snapshot_that_is_known_already_is_not_sent_again(
    client: httpx.AsyncClient, feed: Feed, sent: str
) -> None:
    feed.accept_snapshot(snapshot(proof=proof(AT)), SERVER)
    tag = (await client.get(address(feed))).headers["etag"]
    known = {"if-none-match": sent.format(tag)}
    reply = await client.get(address(feed), headers=known)
    assert (reply.status_code, reply.content, reply.headers["etag"]) == (304, b"", tag)


@pytest.mark.parametrize(
    "change",
    [
        lambda feed: feed.accept_message(message(8)),
        lambda feed: feed.accept_snapshot(snapshot(epoch="e2", proof=proof("2027")), SERVER),
        lambda feed: feed.set_offline(),
    ],
    ids=["a version", "an epoch", "the status"],
)
async def test_a_change_has_another_tag(
    client: httpx.AsyncClient, feed: Feed, change: Callable[[Feed], object]
) -> None:
    feed.accept_snapshot(snapshot(proof=proof(AT)), SERVER)
    tag = (await client.get(address(feed))).headers["etag"]
    change(feed)
    reply = await client.get(address(feed), headers={"if-none-match": tag})
    assert reply.status_code == 200
    assert reply.headers["etag"] != tag


@pytest.mark.parametrize("part", ["", "/rejected", "/panels"])
async def test_an_unknown_board_is_answered_with_the_boards_there_are(
    client: httpx.AsyncClient, feed: Feed, part: str
) -> None:
    reply = await client.get(f"/api/boards/nowhere{part}")
    assert reply.status_code == 404
    assert reply.json() == {"error": "there is no board 'nowhere'", "boards": [feed.board.name]}


def test_the_first_board_is_chosen_where_none_is_named(feed: Feed) -> None:
    feeds = {"first": feed, "second": feed}
    assert choose_board(None, feeds) == "first"
    assert choose_board("second", feeds) == "second"
    with pytest.raises(UnknownBoard):
        choose_board("", feeds)


# Rejected


async def test_a_board_without_rejected_items_lists_none(
    client: httpx.AsyncClient, feed: Feed
) -> None:
    assert (await client.get(address(feed, "/rejected"))).json() == {"count": 0, "items": []}


async def test_rejected_items_are_listed_with_their_reason_but_not_their_key_or_value(
    client: httpx.AsyncClient, feed: Feed, redis: Redis
) -> None:
    count(redis, feed.board, donation("d-1") | {"amount": {"S": "ten"}}, donation("d-2"))
    reply = await client.get(address(feed, "/rejected"))
    [item] = reply.json()["items"]
    assert reply.json()["count"] == 1
    assert set(item) == {"key", "reason", "at"}
    assert (item["key"], item["reason"]) == (None, 'amount is text "…"; a number is needed')
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", item["at"])


@pytest.mark.parametrize(
    ("key", "listed", "public"),
    [
        (("donationId",), ("donationId", "platform"), True),
        (("donationId",), ("platform",), False),
        (("email", "donationId"), ("donationId",), False),
        (("email", "donationId"), ("donationId", "email"), True),
    ],
    ids=str,
)
async def test_a_rejected_items_key_is_public_only_where_the_ticker_lists_all_of_it(
    make_board: Callable[..., Board],
    redis: Redis,
    async_redis: AsyncRedis,
    key: tuple[str, ...],
    listed: tuple[str, ...],
    public: bool,
) -> None:
    feed = Feed(make_board(key=key, ticker=Ticker(12, listed)), "page-1")
    count(redis, feed.board, donation("d-1") | {"amount": {"S": "ten"}})
    async with open_client({feed.board.name: feed}, async_redis) as client:
        reply = await client.get(address(feed, "/rejected"))
    assert [item["key"] for item in reply.json()["items"]] == ["d-1" if public else None]


async def test_of_many_rejected_items_at_most_100_are_listed(
    client: httpx.AsyncClient, feed: Feed, redis: Redis
) -> None:
    count(redis, feed.board, *(donation(f"d-{i}") | {"amount": {"S": "ten"}} for i in range(1000)))
    reply = (await client.get(address(feed, "/rejected"))).json()
    assert reply["count"] == 1000
    assert 0 < len(reply["items"]) <= 100


async def test_rejected_items_are_unavailable_without_redis(feed: Feed) -> None:
    url = f"redis://127.0.0.1:{free_port()}"
    async with (
        AsyncRedis.from_url(url, retry=None) as nowhere,
        open_client({feed.board.name: feed}, nowhere) as client,
    ):
        reply = await client.get(address(feed, "/rejected"))
    assert reply.status_code == 503
    assert reply.json()["error"].startswith("Redis does not answer (ConnectionError)")


async def test_no_email_address_leaves_the_server(
    client: httpx.AsyncClient, feed: Feed, redis: Redis, async_redis: AsyncRedis
) -> None:
    count(redis, feed.board, donation("d-1"), donation("d-2") | {"amount": {"S": "ten"}})
    prove_totals(redis, feed.board, AT)
    server = read_server_id(redis, board_keys(feed.board.name).meta)
    feed.accept_snapshot(await read_snapshot(async_redis, feed.board), server)
    replies = [await client.get(address(feed, part)) for part in ("", "/rejected")]
    assert replies[0].json()["totals"]["ALL"]["count"] == 1
    assert replies[1].json()["count"] == 1
    assert not [reply for reply in replies if "example.org" in reply.text]
    assert b"example.org" not in feed.snapshot_frame()


async def test_a_rejected_item_that_nobody_of_ours_wrote_is_that_items_trouble(
    client: httpx.AsyncClient, feed: Feed, redis: Redis
) -> None:
    count(redis, feed.board, donation("d-1") | {"amount": {"S": "ten"}})
    bad: dict[Any, Any] = {"a": "[" * 100_000, "b": "{}", "c": "5", "d": b"\xff", "e": "null"}
    redis.hset(board_keys(feed.board.name).rejected, mapping=bad)
    reply = await client.get(address(feed, "/rejected"))
    assert (reply.status_code, reply.json()["count"]) == (200, 6)
    reasons = [item["reason"] for item in reply.json()["items"]]
    assert reasons.count("the reason cannot be read") == 5


async def test_a_key_of_another_type_causes_no_traceback(
    client: httpx.AsyncClient, feed: Feed, redis: Redis
) -> None:
    keys = board_keys(feed.board.name)
    redis.set(keys.rejected, "SECRET")
    redis.set(keys.ranks, "SECRET")
    for part in ("/rejected", "/groups", "/groups/Phone"):
        reply = await client.get(address(feed, part))
        assert reply.status_code == 503
        assert "SECRET" not in reply.text


# Groups


async def read_pages(client: httpx.AsyncClient, feed: Feed, limit: int) -> list[dict[str, Any]]:
    groups: list[dict[str, Any]] = []
    after = ""
    for _ in range(100):
        parameters = {"limit": str(limit), "after": after}
        page = (await client.get(address(feed, "/groups"), params=parameters)).json()
        assert len(page["groups"]) <= limit
        groups += page["groups"]
        if page["next"] is None:
            return groups
        after = page["next"]
    raise AssertionError("the last page never came")


@pytest.mark.parametrize("limit", [1, 7, 40, 1000])
async def test_all_groups_are_read_page_by_page_in_order_of_rank(
    client: httpx.AsyncClient, feed: Feed, redis: Redis, limit: int
) -> None:
    # Many equal values, names with the cursor's separator, and a value below zero.
    names = [f"team:{n}" for n in range(20)] + ["Über/uns", "a b"]
    items = [donation(name, name, 5 if n < 20 else 9 - n) for n, name in enumerate(names)]
    count(redis, feed.board, *items)
    groups = await read_pages(client, feed, limit)
    assert [group["place"] for group in groups] == list(range(1, 23))
    expected = [*sorted(names[:20]), "Über/uns", "a b"]
    assert [group["group"] for group in groups] == expected
    assert groups[-1]["totals"] == {"count": 1, "amount": -1200}
    assert groups[0]["drift"] == {}


async def test_the_next_page_continues_although_its_group_has_changed(
    client: httpx.AsyncClient, feed: Feed, redis: Redis
) -> None:
    count(redis, feed.board, *(donation(f"{n}", f"team {n}", 10 - n) for n in range(6)))
    page = (await client.get(address(feed, "/groups"), params={"limit": "3"})).json()
    changes = [Change("2", 10, donation("2", "team 2", 99)), Change("0", 10, None)]
    batch = BatchEncoder(feed.board).encode_stream(changes, stream_ms=1)
    apply_batch(redis, board_keys(feed.board.name), batch)
    parameters = {"limit": "9", "after": page["next"]}
    rest = (await client.get(address(feed, "/groups"), params=parameters)).json()
    assert [group["group"] for group in rest["groups"]] == ["team 3", "team 4", "team 5"]
    assert (rest["count"], rest["next"]) == (5, None)


@pytest.mark.parametrize(
    "parameters",
    [{"limit": "0"}, {"limit": "1001"}, {"limit": "many"}, {"after": "nan:x"}, {"after": "(5"}],
    ids=str,
)
async def test_a_page_that_cannot_be_is_refused(
    client: httpx.AsyncClient, feed: Feed, parameters: dict[str, str]
) -> None:
    reply = await client.get(address(feed, "/groups"), params=parameters)
    assert reply.status_code == 400
    assert "limit must be 1 to 1000" in reply.json()["error"]


async def test_one_group_has_its_place(client: httpx.AsyncClient, feed: Feed, redis: Redis) -> None:
    count(redis, feed.board, donation("d-1", "A/B:c", 5), donation("d-2", "Phone", 7))
    reply = (await client.get(address(feed, "/groups/A/B:c"))).json()
    assert (reply["group"], reply["place"], reply["count"]) == ("A/B:c", 2, 2)
    assert reply["totals"] == sums(1, 500)
    assert (await client.get(address(feed, "/groups/nobody"))).status_code == 404


async def test_the_crew_sees_how_many_screens_of_which_kind_there_are(
    feed: Feed, async_redis: AsyncRedis
) -> None:
    presence = Presence()
    presence.enter(feed.board.name, "wall")
    presence.enter(feed.board.name, "wall")
    presence.enter("another", "phone")
    async with open_client({feed.board.name: feed}, async_redis, presence) as client:
        screens = (await client.get(address(feed, "/screens"))).json()["screens"]
        assert (screens["wall"], screens["phone"]) == (2, 0)
        assert (await client.get("/api/boards/nowhere/screens")).status_code == 404
