"""Totals that somebody changed by hand are found, and mended by the ledger."""

import itertools
import random
from collections.abc import Callable
from typing import Any

from redis import Redis

from aggregates.board import Board
from aggregates.keys import board_keys
from reconcile.reconcile import reconcile_board
from reconcile.sums import compare_sums
from tests.reconcile.test_reconcile import consume, put
from tests.stream_events import donation, record
from tests.test_redelivery import read_totals


def test_changed_totals_are_found_and_mended(
    redis: Redis,
    board: Board,
    dynamodb: Any,
) -> None:
    put(dynamodb, board, donation("a", "Phone", 10), donation("b", "a:b", "2.50"))
    reconcile_board(board, dynamodb, redis)
    right = read_totals(redis, board)
    keys = board_keys(board.name)
    redis.hincrby(keys.totals, "ALL:amount", 10**15 + 1)
    redis.hincrby(keys.totals, "Phone:count", -3)
    redis.hset(keys.totals, "Nobody:count", 5)
    buckets: Any = redis.hkeys(keys.timeline)
    start = buckets[0].partition(b":")[0].decode()
    redis.hincrby(keys.timeline, f"{start}:amount", 7)

    sums = compare_sums(board, redis, keys)
    assert sums is not None
    assert sums.totals == {
        "ALL": {"amount": 10**15 + 1},
        "Nobody": {"count": 5},
        "Phone": {"count": -3},
    }
    assert sums.timeline == {start: {"amount": 7}}

    report = reconcile_board(board, dynamodb, redis)
    assert report.drift == {
        "ALL": {"amount": -(10**15) - 1},
        "Nobody": {"count": -5},
        "Phone": {"count": 3},
    }
    assert read_totals(redis, board) == right
    again = compare_sums(board, redis, keys)
    assert again is not None
    assert (again.totals, again.timeline) == ({}, {})


class _Busy:
    """A client by which the stream tells something whenever a part of the ledger was read."""

    def __init__(self, redis: Redis, tell: Callable[[], None]) -> None:
        self._redis, self._tell = redis, tell

    def __getattr__(self, name: str) -> Any:
        return getattr(self._redis, name)

    def hscan(self, *arguments: Any, **options: Any) -> Any:
        self._tell()
        reply = self._redis.hscan(*arguments, **options | {"count": 10})
        self._tell()
        return reply


def test_totals_are_mended_while_the_stream_goes_on(
    redis: Redis, board: Board, dynamodb: Any
) -> None:
    chance = random.Random(11)
    items = {f"d-{n}": donation(f"d-{n}", "Phone", n) for n in range(300)}
    put(dynamodb, board, *items.values())
    reconcile_board(board, dynamodb, redis)
    keys = board_keys(board.name)
    redis.hincrby(keys.totals, "ALL:amount", 500)
    redis.hincrby(keys.totals, "Phone:count", -3)
    sequences = itertools.count(10**20)

    def tell() -> None:
        """Correct, move, remove and insert items, in the table and by the stream."""
        for _ in range(5):
            key = f"d-{chance.randrange(400)}"
            if key in items and chance.random() < 0.3:
                del items[key]
                dynamodb.delete_item(TableName=board.table, Key={"donationId": {"S": key}})
                consume(redis, board, record(next(sequences), None, key=key))
            else:
                items[key] = donation(key, chance.choice(["Phone", "Text"]), chance.randint(1, 99))
                put(dynamodb, board, items[key])
                consume(redis, board, record(next(sequences), items[key]))

    reconcile_board(board, dynamodb, _Busy(redis, tell))  # type: ignore[arg-type]
    wanted: dict[str, dict[str, int]] = {}
    for item in items.values():
        for group in (item["platform"]["S"], "ALL"):
            total = wanted.setdefault(group, {"count": 0, "amount": 0})
            total["count"] += 1
            total["amount"] += 100 * int(item["amount"]["N"])
    assert read_totals(redis, board) == wanted
    sums = compare_sums(board, redis, keys)
    assert sums is not None
    assert (sums.totals, sums.timeline) == ({}, {})


def test_a_group_that_appears_while_the_ledger_is_added_up_is_no_failure(
    redis: Redis, board: Board, dynamodb: Any
) -> None:
    put(dynamodb, board, donation("d-0", "Phone", 10))
    reconcile_board(board, dynamodb, redis)
    told: list[int] = []

    def tell() -> None:
        if not told:
            told.append(1)
            consume(redis, board, record(101, donation("d-1", "New", 5)))

    client: Any = _Busy(redis, tell)
    sums = compare_sums(board, client, board_keys(board.name))
    assert told
    assert sums is not None
    assert (sums.totals, sums.timeline) == ({}, {})
