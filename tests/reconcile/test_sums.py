"""Totals that somebody changed by hand are found, and mended by the ledger."""

from typing import Any

from redis import Redis

from aggregates.board import Board
from aggregates.keys import board_keys
from reconcile.reconcile import reconcile_board
from reconcile.sums import compare_sums
from tests.reconcile.test_reconcile import put
from tests.stream_events import donation
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
    start = next(iter(redis.hgetall(keys.timeline))).partition(b":")[0].decode()
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
