"""Reconcile, on a local DynamoDB and a real Redis."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from redis import Redis

from aggregates.board import Board
from aggregates.keys import board_keys
from reconcile.reconcile import reconcile_board
from tests.reading_back import read_totals
from tests.reconcile.tables import _Interrupted, consume, put, read_meta
from tests.stream_events import donation, record


def test_a_table_from_before_the_board_is_counted(
    redis: Redis, board: Board, dynamodb: Any
) -> None:
    put(dynamodb, board, donation("a", "Phone", "10.50"), donation("b", "Text", 5))
    report = reconcile_board(board, dynamodb, redis)
    assert report.items == 2
    assert read_totals(redis, board) == {
        "Phone": {"count": 1, "amount": 1050},
        "Text": {"count": 1, "amount": 500},
        "ALL": {"count": 2, "amount": 1550},
    }
    assert report.drift == read_totals(redis, board)
    assert read_meta(redis, board)["verified_at"] == report.verified_at


def test_an_empty_table_is_verified_too(redis: Redis, board: Board, dynamodb: Any) -> None:
    report = reconcile_board(board, dynamodb, redis)
    assert (report.items, report.drift) == (0, {})
    assert read_meta(redis, board)["verified_at"] == report.verified_at


def test_a_second_run_finds_nothing_to_mend(redis: Redis, board: Board, dynamodb: Any) -> None:
    put(dynamodb, board, donation("a"), donation("b"))
    reconcile_board(board, dynamodb, redis)
    assert reconcile_board(board, dynamodb, redis).drift == {}


def test_what_the_stream_missed_is_corrected(redis: Redis, board: Board, dynamodb: Any) -> None:
    """An insert, a correction and a removal without stream records."""
    consume(
        redis,
        board,
        record(1, donation("corrected", "Phone", 10)),
        record(2, donation("gone", "Phone", 20)),
    )
    put(dynamodb, board, donation("corrected", "Text", 11), donation("new", "Text", 1))
    report = reconcile_board(board, dynamodb, redis)
    assert read_totals(redis, board) == {
        "Text": {"count": 2, "amount": 1200},
        "ALL": {"count": 2, "amount": 1200},
    }
    assert report.drift == {
        "ALL": {"amount": -1800},
        "Phone": {"amount": -3000, "count": -2},
        "Text": {"amount": 1200, "count": 2},
    }


def test_records_that_come_after_the_scan_find_it_done(
    redis: Redis, board: Board, dynamodb: Any
) -> None:
    """The stream still has older records of items that the scan has counted."""
    put(dynamodb, board, donation("a", "Text", 7))
    reconcile_board(board, dynamodb, redis)
    for records in (
        [record(1, donation("a", "Phone", 5)), record(2, donation("b", "Phone", 5))],
        [record(3, None, key="b"), record(4, donation("a", "Text", 7))],
    ):
        consume(redis, board, *records)
    assert read_totals(redis, board) == {
        "Text": {"count": 1, "amount": 700},
        "ALL": {"count": 1, "amount": 700},
    }


def test_what_the_stream_tells_during_the_scan_is_kept(
    redis: Redis, board: Board, dynamodb: Any
) -> None:
    """The page is older than the record, so it must not revert the item."""
    put(dynamodb, board, donation("a", "Phone", 5), donation("b", "Phone", 5))
    consume(
        redis, board, record(1, donation("a", "Phone", 5)), record(2, donation("b", "Phone", 5))
    )

    def change() -> None:
        put(dynamodb, board, donation("a", "Text", 6), donation("c", "Text", 1))
        dynamodb.delete_item(TableName=board.table, Key={"donationId": {"S": "b"}})
        consume(
            redis,
            board,
            record(3, donation("a", "Text", 6)),
            record(4, None, key="b"),
            record(5, donation("c", "Text", 1)),
        )

    reconcile_board(board, _Interrupted(dynamodb, change), redis)
    assert read_totals(redis, board) == {
        "Text": {"count": 2, "amount": 700},
        "ALL": {"count": 2, "amount": 700},
    }


def test_redis_losing_its_data_during_the_scan_starts_it_over(
    redis: Redis, board: Board, dynamodb: Any
) -> None:
    put(dynamodb, board, donation("a", "Phone", 5))
    reconcile_board(board, dynamodb, redis)
    losses = iter([None])

    def lose() -> None:
        if next(losses, "none") is None:
            redis.unlink(*board_keys(board.name))

    reconcile_board(board, _Interrupted(dynamodb, lose), redis)
    assert read_totals(redis, board)["ALL"] == {"count": 1, "amount": 500}
    assert "verified_at" in read_meta(redis, board)


def test_a_board_that_counts_otherwise_is_counted_anew(
    redis: Redis, board: Board, dynamodb: Any, make_board: Callable[..., Board]
) -> None:
    put(dynamodb, board, donation("a", "Phone", 5))
    first = reconcile_board(board, dynamodb, redis)
    epoch = read_meta(redis, board)["epoch"]
    # The same name and table, but by donor.
    by_donor = replace(board, group_by="email")
    again = reconcile_board(by_donor, dynamodb, redis)
    assert read_totals(redis, by_donor)["donor@example.org"] == {"count": 1, "amount": 500}
    assert read_meta(redis, board)["epoch"] != epoch
    assert again.verified_at >= first.verified_at


def test_a_rejected_item_is_read_again(redis: Redis, board: Board, dynamodb: Any) -> None:
    bad = donation("a") | {"amount": {"S": "ten"}}
    consume(redis, board, record(1, bad))
    assert redis.hlen(board_keys(board.name).rejected) == 1
    put(dynamodb, board, donation("a", "Phone", 10))
    reconcile_board(board, dynamodb, redis)
    assert redis.hlen(board_keys(board.name).rejected) == 0
    assert read_totals(redis, board)["ALL"] == {"count": 1, "amount": 1000}
