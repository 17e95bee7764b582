"""Tombstones, unfit items and items outside the board."""

import time
from dataclasses import replace
from typing import Any

import pytest
from redis import Redis

from aggregates.board import Board, Condition
from aggregates.keys import board_keys
from lambda_handler.board_target import count_on
from lambda_handler.consume import Consumer
from reconcile.reconcile import reconcile_board
from tests.reading_back import read_totals
from tests.reconcile.tables import consume, put
from tests.stream_events import donation, event, record


def test_old_tombstones_are_forgotten_and_young_ones_kept(
    redis: Redis, board: Board, dynamodb: Any
) -> None:
    keys = board_keys(board.name)
    consume(redis, board, record(1, None, key="old"), record(2, None, key="young"))
    packed: Any = redis.hget(keys.ledger, "old")
    long_ago = int(time.time()) - 48 * 3600 - 60
    redis.hset(keys.ledger, "old", packed[:-4] + long_ago.to_bytes(4))
    within = int(time.time()) - 48 * 3600 + 60
    packed = redis.hget(keys.ledger, "young")
    redis.hset(keys.ledger, "young", packed[:-4] + within.to_bytes(4))
    reconcile_board(board, dynamodb, redis)
    assert redis.hkeys(keys.ledger) == [b"young"]
    # The entry prevents a late record from restoring the item.
    consume(redis, board, record(1, donation("young")))
    assert read_totals(redis, board).get("ALL", {"count": 0})["count"] == 0


def test_an_item_that_the_scan_finds_unfit_is_rejected_and_no_drift(
    redis: Redis, board: Board, dynamodb: Any
) -> None:
    put(dynamodb, board, donation("a") | {"amount": {"S": "ten"}})
    report = reconcile_board(board, dynamodb, redis)
    assert (report.items, report.drift) == (1, {})
    assert redis.hkeys(board_keys(board.name).rejected) == [b"a"]
    dynamodb.delete_item(TableName=board.table, Key={"donationId": {"S": "a"}})
    reconcile_board(board, dynamodb, redis)
    assert redis.hlen(board_keys(board.name).rejected) == 0


PAID = (Condition("status", ("PAID",)),)


def with_status(key: str, status: str, **of: Any) -> dict[str, Any]:
    return donation(key, **of) | {"status": {"S": status}}


def test_items_outside_the_board_count_for_nothing_and_take_no_place(
    redis: Redis, board: Board, dynamodb: Any
) -> None:
    """Other kinds of items must not fill the ledger, however often reconcile runs."""
    board = replace(board, where=PAID)
    put(dynamodb, board, with_status("in", "PAID", amount=10), with_status("out", "FAILED"))
    put(dynamodb, board, {"donationId": {"S": "profile"}})
    for _ in range(2):
        reconcile_board(board, dynamodb, redis)
        keys = board_keys(board.name)
        assert redis.hkeys(keys.ledger) == [b"in"]
        assert redis.hget(keys.totals, "ALL:count") == b"1"
        assert redis.hlen(keys.rejected) == 0


@pytest.mark.parametrize("was", ["counted", "rejected"])
def test_an_item_that_went_outside_unheard_is_taken_away(
    redis: Redis, board: Board, dynamodb: Any, was: str
) -> None:
    board = replace(board, where=PAID)
    bad = {"amount": {"S": "ten"}} if was == "rejected" else {}
    put(dynamodb, board, with_status("d-1", "PAID", amount=10) | bad)
    reconcile_board(board, dynamodb, redis)
    put(dynamodb, board, with_status("d-1", "REFUNDED", amount=10))
    reconcile_board(board, dynamodb, redis)
    keys = board_keys(board.name)
    assert redis.hget(keys.totals, "ALL:count") in (b"0", None)
    assert redis.hlen(keys.rejected) == 0


def test_an_item_dated_long_ago_is_named_by_a_reconcile(
    redis: Redis, board: Board, dynamodb: Any, caplog: pytest.LogCaptureFixture
) -> None:
    put(dynamodb, board, donation("d-1", donated_at="1970-01-01T00:00:00Z"))
    reconcile_board(board, dynamodb, redis)
    assert "is dated 1970-01-01, which is probably wrong" in caplog.text
    assert "correct its donatedAt" in caplog.text
    assert "d-1 is" not in caplog.text


def test_a_record_of_an_earlier_stream_does_not_bring_back_what_was_removed_between_the_two(
    redis: Redis, board: Board, dynamodb: Any
) -> None:
    """That removal has no record, so only the read of the table finds it."""
    put(dynamodb, board, donation("d-1", "Phone", 5))
    reconcile_board(board, dynamodb, redis)
    label = "2026-01-01T18:00:00.000"
    arn = f"arn:aws:dynamodb:eu-west-1:1:table/{board.table}/stream/{label}"
    earlier = record(101, donation("d-2", "Phone", 10), created=time.time() - 5, arn=arn)
    Consumer(count_on([board], lambda: redis)).consume(event(earlier))
    assert read_totals(redis, board)["ALL"] == {"count": 1, "amount": 500}
