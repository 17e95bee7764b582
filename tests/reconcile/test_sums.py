"""Totals changed by hand are detected, and corrected from the ledger."""

import itertools
import random
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from redis import Redis

from aggregates import steps
from aggregates.board import Board
from aggregates.keys import board_keys
from aggregates.scripts import read_standing
from reconcile import ledger
from reconcile.reconcile import reconcile_board
from reconcile.sums import compare_sums
from tests.reading_back import read_totals
from tests.reconcile.tables import consume, put
from tests.stream_events import donation, record


def test_changed_totals_are_found_and_corrected(
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
    buckets: Any = redis.hkeys(keys.timeline)
    start = buckets[0].partition(b":")[0].decode()
    redis.hincrby(keys.timeline, f"{start}:amount", 7)

    found = compare_sums(board, redis, keys)
    assert found is not None
    assert found.totals == {
        "ALL": {"amount": 10**15 + 1},
        "Phone": {"count": -3},
    }
    assert found.timeline == {start: {"amount": 7}}

    report = reconcile_board(board, dynamodb, redis)
    assert report.drift == {
        "ALL": {"amount": -(10**15) - 1},
        "Phone": {"count": 3},
    }
    assert read_totals(redis, board) == right
    again = compare_sums(board, redis, keys)
    assert again is not None
    assert (again.totals, again.timeline) == ({}, {})


def test_a_field_that_somebody_added_has_the_board_counted_again(
    redis: Redis, board: Board, dynamodb: Any
) -> None:
    put(dynamodb, board, donation("a", "Phone", 10))
    reconcile_board(board, dynamodb, redis)
    right = read_totals(redis, board)
    keys = board_keys(board.name)
    epoch = redis.hget(keys.meta, "epoch")
    redis.hset(keys.totals, "Nobody:count", 5)
    reconcile_board(board, dynamodb, redis)
    assert read_totals(redis, board) == right
    assert redis.hget(keys.meta, "epoch") != epoch


def test_a_key_that_redis_lost_is_filled_again(redis: Redis, board: Board, dynamodb: Any) -> None:
    put(dynamodb, board, donation("a", "Phone", 10), donation("b", "Text", 5))
    reconcile_board(board, dynamodb, redis)
    right = read_totals(redis, board)
    redis.delete(board_keys(board.name).totals)
    report = reconcile_board(board, dynamodb, redis)
    assert read_totals(redis, board) == right
    assert report.drift["ALL"] == {"count": 2, "amount": 1500}
    assert not read_standing(redis, board_keys(board.name)).is_lost


def test_ranks_and_recent_buckets_are_corrected_too(
    redis: Redis, board: Board, dynamodb: Any
) -> None:
    now = datetime.now(UTC).isoformat()
    put(dynamodb, board, donation("a", "Phone", 10, now), donation("b", "Text", 5, now))
    reconcile_board(board, dynamodb, redis)
    keys = board_keys(board.name)
    ranks, recent = redis.zrange(keys.ranks, 0, -1, withscores=True), redis.hgetall(keys.recent)
    assert len(recent) == 2
    redis.zadd(keys.ranks, {"Text": -99})
    redis.hincrby(keys.recent, next(iter(recent)), 7)
    reconcile_board(board, dynamodb, redis)
    assert redis.zrange(keys.ranks, 0, -1, withscores=True) == ranks
    assert redis.hgetall(keys.recent) == recent


def test_a_timeline_gets_finer_again_while_the_stream_goes_on(
    redis: Redis, board: Board, dynamodb: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An item dated 1970 squeezes the chart only until it is corrected."""
    monkeypatch.setattr(steps, "MAX_POINTS", 5)
    monkeypatch.setattr(ledger, "_SCAN_COUNT", 1)
    put(dynamodb, board, *(at_minute(f"d-{n}", n) for n in range(5)))
    put(dynamodb, board, donation("old", donated_at="1970-01-01T00:00:00Z"))
    reconcile_board(board, dynamodb, redis)
    keys = board_keys(board.name)
    assert int(redis.hget(keys.meta, "step") or 0) > 60
    put(dynamodb, board, at_minute("old", 4))
    consume(redis, board, record(10**20, at_minute("old", 4)))
    sequences = itertools.count(10**21)

    def tell() -> None:
        put(dynamodb, board, item := at_minute("d-1", next(sequences) % 5))
        consume(redis, board, record(next(sequences), item))

    reconcile_board(board, dynamodb, _Busy(redis, tell))  # type: ignore[arg-type]
    assert redis.hget(keys.meta, "step") == b"60"
    found = compare_sums(board, redis, keys)
    assert found is not None
    assert (found.totals, found.timeline) == ({}, {})


def at_minute(key: str, minute: int) -> dict[str, Any]:
    return donation(key, donated_at=f"2026-11-21T19:0{minute}:00Z")


def test_an_audit_survives_a_group_that_appears_meanwhile(
    redis: Redis, board: Board, dynamodb: Any
) -> None:
    put(dynamodb, board, donation("a", "Phone", 10))
    reconcile_board(board, dynamodb, redis)
    sequences = itertools.count(10**20)

    def tell() -> None:
        n = next(sequences)
        if n < 10**20 + 3:
            consume(redis, board, record(n, donation(f"d-{n}", f"team {n}")))

    found = compare_sums(board, _Busy(redis, tell), board_keys(board.name))  # type: ignore[arg-type]
    assert found is not None
    assert (found.totals, found.timeline) == ({}, {})


class _Busy:
    """A client that delivers a stream record after each read of a part of the ledger."""

    def __init__(self, redis: Redis, tell: Callable[[], None]) -> None:
        self._redis, self._tell = redis, tell

    def __getattr__(self, name: str) -> Any:
        return getattr(self._redis, name)

    def hscan(self, *arguments: Any, **options: Any) -> Any:
        self._tell()
        reply = self._redis.hscan(*arguments, **options | {"count": 10})
        self._tell()
        return reply


def test_totals_are_corrected_while_the_stream_goes_on(
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
        """Correct, move, remove and insert items, in the table and through the stream."""
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
    found = compare_sums(board, redis, keys)
    assert found is not None
    assert (found.totals, found.timeline) == ({}, {})


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
