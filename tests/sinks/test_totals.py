"""A totals table has what the board has, whatever was written late, twice or by two."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from redis import Redis
from redis.asyncio import Redis as AsyncRedis

from aggregates.board import Board, Measure
from aggregates.keys import board_keys
from aggregates.units import currency
from sinks import totals_sink as module
from sinks.totals_errors import TotalsError
from sinks.totals_items import Items, Stamp
from sinks.totals_reading import MovedError
from sinks.totals_sink import TotalsSink
from sinks.totals_table import TotalsTable
from tests.sinks.scene import Scene

pytestmark = [pytest.mark.redis, pytest.mark.anyio]

Row = dict[str, Any]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def _no_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LONGEST_REST_SECONDS", 0.0)


@pytest.fixture
def scene(redis: Redis, redis_url: str, board: Board) -> Scene:
    return Scene(redis, redis_url, board)


@pytest.fixture
async def async_redis(redis_url: str) -> AsyncIterator[AsyncRedis]:
    async with AsyncRedis.from_url(redis_url) as client:
        yield client


class Totals:
    """A totals table for the test, and what is in it."""

    def __init__(self, dynamodb: Any, scene: Scene, redis: AsyncRedis) -> None:
        self.dynamodb, self.name = dynamodb, f"totals-{secrets.token_hex(4)}"
        self._scene, self._redis = scene, redis
        self.writes = 0
        dynamodb.meta.events.register("before-call.dynamodb.PutItem", self._count)

    def _count(self, params: Row, **_: Any) -> None:
        self.writes += self.name.encode() in params["body"]

    def make_table(self, board: Board | None = None) -> TotalsTable:
        items = Items(board or self._scene.board, "group")
        return TotalsTable(self.dynamodb, self.name, items)

    def make_sink(self, writer: str = "one") -> TotalsSink:
        return TotalsSink("totals", self._scene.board, self.make_table(), self._redis, writer)

    def rows(self) -> dict[str, Row]:
        """Return the items by group, as plain values."""
        pages = self.dynamodb.get_paginator("scan").paginate(TableName=self.name)
        items = [item for page in pages for item in page["Items"]]
        return {
            item["group"]["S"]: {
                name: Decimal(value) if kind == "N" else value
                for name, held in item.items()
                for kind, value in held.items()
            }
            for item in items
        }

    def amounts(self) -> dict[str, Decimal]:
        return {group: row["amount"] for group, row in self.rows().items()}


@pytest.fixture
def totals(dynamodb: Any, scene: Scene, async_redis: AsyncRedis) -> Iterator[Totals]:
    made = Totals(dynamodb, scene, async_redis)
    yield made
    dynamodb.meta.events.unregister("before-call.dynamodb.PutItem", made._count)


async def test_each_group_and_the_total_is_an_item_with_exact_numbers(
    scene: Scene, totals: Totals
) -> None:
    scene.give(("Phone", 12.5), ("Phone", 0.01), ("Website", 1_000_000.1))
    feed = await scene.make_feed()
    await totals.make_sink().write(feed)
    rows = totals.rows()
    assert totals.amounts() == {
        "Phone": Decimal("12.51"),
        "Website": Decimal("1000000.10"),
        "ALL": Decimal("1000012.61"),
    }
    assert {group: row["count"] for group, row in rows.items()} == {
        "Phone": 2,
        "Website": 1,
        "ALL": 3,
    }
    assert feed.state is not None
    for row in rows.values():
        assert (row["board"], row["epoch"]) == (scene.board.name, feed.state.epoch)
        assert row["version"] == feed.state.version
    total = rows["ALL"]
    assert (total["state"], total["live"], total["reason"]) == ("live", True, "")
    assert (total["groups"], total["as_of"]) == (2, total["told_at"])
    assert total["live_until"] > total["told_at"]


async def test_a_state_written_twice_changes_no_group(scene: Scene, totals: Totals) -> None:
    scene.give(("Phone", 5), ("Website", 7))
    feed, sink = await scene.make_feed(), totals.make_sink()
    await sink.write(feed)
    before, totals.writes = totals.rows(), 0
    await sink.write(feed)
    assert totals.writes == 1  # the total, which tells that it is still live
    rows = totals.rows()
    assert {**rows, "ALL": None} == {**before, "ALL": None}
    assert rows["ALL"]["told_at"] >= before["ALL"]["told_at"]


async def test_only_the_groups_that_changed_are_written(scene: Scene, totals: Totals) -> None:
    scene.give(("Phone", 5), ("Website", 7))
    feed, sink = await scene.make_feed(), totals.make_sink()
    await sink.write(feed)
    totals.writes = 0
    scene.give(("Phone", 1))
    await scene.catch_up(feed)
    await sink.write(feed)
    assert totals.writes == 2
    assert totals.amounts() == {"Phone": 6, "Website": 7, "ALL": 13}


async def test_an_older_version_that_arrives_late_changes_nothing(
    scene: Scene, totals: Totals
) -> None:
    scene.give(("Phone", 5))
    old = await scene.make_feed()
    scene.give(("Phone", 1), ("Website", 7))
    await totals.make_sink("new").write(await scene.make_feed())
    before = totals.rows()
    await totals.make_sink("old").write(old)
    assert totals.rows() == before


async def test_an_older_epoch_that_arrives_late_changes_nothing(
    scene: Scene, totals: Totals
) -> None:
    scene.give(("Phone", 5), ("Website", 5))
    old = await scene.make_feed()
    await totals.make_sink("old").write(old)
    scene.redis.unlink(*board_keys(scene.board.name))
    again = Scene(scene.redis, scene.url, scene.board)
    again.prove("2026-11-21T19:30:00.000Z")
    again.give(("Phone", 3))
    new = await again.make_feed()
    assert new.state is not None
    assert old.state is not None
    assert new.state.version < old.state.version + 5
    await totals.make_sink("new").write(new)
    assert totals.amounts() == {"Phone": 3, "ALL": 3}
    before = totals.rows()
    await totals.make_sink("late").write(old)
    # What the new epoch has is kept; what was written beside it goes with the next read.
    kept = totals.rows()
    assert {group: kept[group] for group in before} == before
    await totals.make_sink("new again").write(new)
    assert totals.amounts() == {"Phone": 3, "ALL": 3}


async def test_two_writers_at_once_end_with_the_same_table(scene: Scene, totals: Totals) -> None:
    await asyncio.to_thread(totals.make_table().open)
    sinks = [totals.make_sink("one"), totals.make_sink("two")]
    feeds = [await scene.make_feed(), await scene.make_feed()]
    for amount in range(1, 6):
        scene.give(("Phone", amount), (f"Team {amount}", 1))
        # One of them is always a version behind.
        await scene.catch_up(feeds[amount % 2])
        await asyncio.gather(*(map(TotalsSink.write, sinks, feeds)))
    for feed in feeds:
        await scene.catch_up(feed)
    await asyncio.gather(*(map(TotalsSink.write, sinks, feeds)))
    teams = {f"Team {amount}": Decimal(1) for amount in range(1, 6)}
    assert totals.amounts() == {"Phone": 15, "ALL": 20, **teams}
    assert totals.rows()["ALL"]["live"] is True


async def test_a_restarted_sink_writes_only_what_changed_meanwhile(
    scene: Scene, totals: Totals
) -> None:
    [first, *_] = scene.give(("Phone", 5), ("Website", 7), ("Text", 9))
    await totals.make_sink("one").write(await scene.make_feed())
    scene.take_back(first)
    scene.give(("Website", 1))
    totals.writes = 0
    await totals.make_sink("two").write(await scene.make_feed())
    assert totals.writes == 2
    assert totals.amounts() == {"Website": 8, "Text": 9, "ALL": 17}


async def test_a_group_that_is_gone_is_removed_and_may_come_again(
    scene: Scene, totals: Totals
) -> None:
    [key, _] = scene.give(("Phone", 5), ("Website", 7))
    feed, sink = await scene.make_feed(), totals.make_sink()
    await sink.write(feed)
    scene.take_back(key)
    await scene.catch_up(feed)
    await sink.write(feed)
    assert totals.amounts() == {"Website": 7, "ALL": 7}
    scene.give(("Phone", 2))
    await scene.catch_up(feed)
    await sink.write(feed)
    assert totals.amounts() == {"Phone": 2, "Website": 7, "ALL": 9}


async def test_while_the_board_is_not_live_the_total_says_so_and_keeps_its_figures(
    scene: Scene, totals: Totals
) -> None:
    scene.give(("Phone", 5))
    feed, sink = await scene.make_feed(), totals.make_sink()
    await sink.write(feed)
    live = totals.rows()
    scene.give(("Phone", 90))
    await scene.catch_up(feed, counted_ms=1, chain_reason="the stream stands still")
    await sink.write(feed)
    rows = totals.rows()
    assert rows["Phone"] == live["Phone"]
    total = rows["ALL"]
    assert (total["state"], total["live"], total["live_until"]) == ("checking", False, "")
    assert "the stream stands still" in total["reason"]
    assert (total["amount"], total["as_of"]) == (5, live["ALL"]["as_of"])
    feed.set_offline()
    await sink.write(feed)
    assert totals.rows()["ALL"]["state"] == "offline"
    await scene.catch_up(feed)
    await sink.write(feed)
    assert totals.amounts() == {"Phone": 95, "ALL": 95}
    assert totals.rows()["ALL"]["live"] is True


async def test_one_that_is_cut_off_does_not_contradict_another_that_is_live(
    scene: Scene, totals: Totals
) -> None:
    feed = await scene.make_feed()
    await totals.make_sink("one").write(feed)
    cut_off = await scene.make_feed()
    cut_off.set_offline()
    await totals.make_sink("two").write(cut_off)
    total = totals.rows()["ALL"]
    assert (total["live"], total["writer"]) == (True, "one")


async def test_a_board_that_was_never_proven_has_an_item_that_says_so(
    redis: Redis, scene: Scene, totals: Totals
) -> None:
    redis.unlink(*board_keys(scene.board.name))
    feed = await scene.make_feed()
    await totals.make_sink().write(feed)
    [total] = totals.rows().values()
    assert (total["state"], total["live"], "amount" in total) == ("checking", False, False)


@pytest.mark.timeout(300)
async def test_10_000_groups_are_written_and_then_only_what_changes(
    scene: Scene, totals: Totals
) -> None:
    keys = scene.give(*((f"Team {n}", 1 + n % 7) for n in range(10_000)))
    feed, sink = await scene.make_feed(), totals.make_sink()
    await sink.write(feed)
    amounts = totals.amounts()
    whole = amounts.pop("ALL")
    assert amounts == {f"Team {n}": 1 + n % 7 for n in range(10_000)}
    assert whole == sum(amounts.values())
    scene.give(("Team 9999", 100))
    scene.take_back(keys[0])
    await scene.catch_up(feed)
    totals.writes = 0
    began = time.monotonic()
    await sink.write(feed)
    took = time.monotonic() - began
    assert totals.writes == 2
    amounts = totals.amounts()
    assert "Team 0" not in amounts
    assert amounts["Team 9999"] == 1 + 9_999 % 7 + 100
    assert took < 5


async def test_many_groups_are_not_written_from_a_redis_that_lost_some(
    scene: Scene, totals: Totals
) -> None:
    scene.give(*((f"Team {n}", 1) for n in range(200)))
    feed, sink = await scene.make_feed(), totals.make_sink()
    await sink.write(feed)
    before = totals.rows()
    scene.redis.delete(board_keys(scene.board.name).ranks)
    with pytest.raises(MovedError):
        await sink.write(feed)
    assert totals.rows() == before


async def test_a_table_that_holds_something_else_is_refused(
    scene: Scene, totals: Totals, make_board: Callable[..., Board]
) -> None:
    table = totals.make_table()
    table.open()
    table.put_group("Phone", {"count": 1, "amount": 5}, Stamp("e1", 1, "2026"))
    with pytest.raises(TotalsError, match="totals of the board"):
        totals.make_table(make_board()).read()
    totals.dynamodb.put_item(TableName=totals.name, Item={"group": {"S": "a row of somebody"}})
    with pytest.raises(TotalsError, match="name a table of its own"):
        await totals.make_sink().write(await scene.make_feed())


def test_a_table_with_another_key_is_refused(dynamodb: Any, board: Board) -> None:
    name = f"totals-{secrets.token_hex(4)}"
    TotalsTable(dynamodb, name, Items(board, "colour")).open()
    with pytest.raises(TotalsError, match="has the key colour"):
        TotalsTable(dynamodb, name, Items(board, "group")).open()


@pytest.mark.parametrize("key", ["version", "amount"])
def test_a_key_of_another_meaning_is_refused(board: Board, key: str) -> None:
    with pytest.raises(TotalsError, match=key):
        Items(board, key)


def test_a_measure_may_not_be_called_like_an_attribute_of_the_table(
    make_board: Callable[..., Board],
) -> None:
    board = make_board(measures=(Measure("version", "v", currency("USD")),), goal=None)
    with pytest.raises(TotalsError, match="version"):
        Items(board, "group")
