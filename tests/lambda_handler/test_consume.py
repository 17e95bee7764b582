"""Boards of one table: each has its own outcome, and none is wrong while marked as proven."""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError

from aggregates.batch import Change
from aggregates.board import Board
from aggregates.keys import board_keys
from lambda_handler.board_target import count_on
from lambda_handler.consume import Consumer, Response
from lambda_handler.stream import Stream
from lambda_handler.target import DONE as DONE_WITH
from lambda_handler.target import Outcome, Target
from local.dynamodb import create_table
from reconcile.proof_watch import is_proven
from reconcile.reading import Reading
from reconcile.reconcile import reconcile_board
from tests.stream_events import donation, event, record

DONE: Response = {"batchItemFailures": []}
AGAIN: Response = {"batchItemFailures": [{"itemIdentifier": "101"}]}


def total(redis: Redis, board: Board) -> int:
    value: Any = redis.hget(board_keys(board.name).totals, "ALL:amount")
    return int(value or 0)


def count(redis: Redis, *boards: Board) -> Response:
    consumer = Consumer(count_on(boards, lambda: redis))
    return consumer.consume(event(record(101, donation("d-1", amount=10))))


def consume_other(redis: Redis, board: Board) -> None:
    """Count a donation of 5 first."""
    consumer = Consumer(count_on([board], lambda: redis))
    assert consumer.consume(event(record(11, donation("d-0", amount=5)))) == DONE


@pytest.fixture
def first(make_board: Callable[..., Board]) -> Board:
    return make_board()


@pytest.fixture
def second(make_board: Callable[..., Board]) -> Board:
    return make_board()


@pytest.mark.parametrize("order", [1, -1], ids=["the failing one first", "the failing one last"])
def test_a_board_that_redis_fails_does_not_stop_the_others_of_its_table(
    redis: Redis, first: Board, second: Board, order: int, caplog: pytest.LogCaptureFixture
) -> None:
    consume_other(redis, first)
    field = "ALL:amount"
    redis.hset(board_keys(first.name).totals, field, "a lot")
    assert count(redis, *[first, second][::order]) == AGAIN
    assert total(redis, second) == 1000
    assert f"board {first.name}: 1 records from 101 on will be delivered again" in caplog.text
    redis.hset(board_keys(first.name).totals, field, "500")
    assert count(redis, first, second) == DONE
    assert (total(redis, first), total(redis, second)) == (1500, 1000)


def test_a_board_of_another_definition_does_not_hold_up_the_others(
    redis: Redis, first: Board, second: Board, caplog: pytest.LogCaptureFixture
) -> None:
    count(redis, first, second)
    changed = replace(first, group_by="donationId")
    consumer = Consumer(count_on([changed, second], lambda: redis))
    assert consumer.consume(event(record(102, donation("d-2", amount=5)))) == DONE
    assert (total(redis, first), total(redis, second)) == (1000, 1500)
    assert f"board {first.name}: 1 records from 102 on are not counted until" in caplog.text


class LostAPart:
    """A client of a Redis that lost one key of a board."""

    def __init__(self, redis: Redis, board: Board) -> None:
        self._redis, self._meta = redis, board_keys(board.name).meta
        self.close = redis.close

    def execute_command(self, *args: Any) -> Any:
        # This is a batch, not the note that records were skipped.
        if self._meta in args and len(args) > 6:
            raise ResponseError("LOST the board's totals are not all there")
        return self._redis.execute_command(*args)


def test_a_board_of_which_redis_lost_a_part_does_not_hold_up_the_others(
    redis: Redis, first: Board, second: Board
) -> None:
    meta = board_keys(first.name).meta
    count(redis, first, second)
    redis.hset(meta, "verified_server", "any")
    client: Any = LostAPart(redis, first)
    consumer = Consumer(count_on([first, second], lambda: client))
    assert consumer.consume(event(record(102, donation("d-2", amount=5)))) == DONE
    assert (total(redis, first), total(redis, second)) == (1000, 1500)
    assert not redis.hexists(meta, "verified_server")


@pytest.fixture
def table(dynamodb: Any, first: Board) -> Iterator[Board]:
    board = replace(first, table=first.name)
    create_table(dynamodb, board)
    yield board
    dynamodb.delete_table(TableName=board.table)


def put(dynamodb: Any, board: Board, key: str) -> None:
    dynamodb.put_item(TableName=board.table, Item=donation(key, amount=10))


def give(redis: Redis, dynamodb: Any, board: Board, sequence: int, key: str) -> Response:
    """Write a gift of 10 to the board's table, and deliver its record."""
    put(dynamodb, board, key)
    # Later than the stream that the local DynamoDB creates for the table.
    arn = f"arn:aws:dynamodb:eu-west-1:1:table/{board.table}/stream/2036-11-21T18:00:00.000"
    made = record(sequence, donation(key, amount=10), arn=arn)
    return Consumer(count_on([board], lambda: redis)).consume(event(made))


def test_what_a_board_of_another_definition_passes_over_its_reconcile_counts(
    redis: Redis, table: Board, dynamodb: Any
) -> None:
    give(redis, dynamodb, table, 1, "d-1")
    changed = replace(table, bucket_seconds=300)
    assert give(redis, dynamodb, changed, 2, "d-2") == DONE
    reconcile_board(changed, dynamodb, redis)
    assert total(redis, changed) == 2000
    assert give(redis, dynamodb, changed, 3, "d-3") == DONE
    assert total(redis, changed) == 3000


def test_totals_that_lack_skipped_records_are_no_longer_proven(
    redis: Redis, table: Board, dynamodb: Any
) -> None:
    """The function is behind: the board was already counted under a newer definition."""
    newer = replace(table, bucket_seconds=300)
    reconcile_board(newer, dynamodb, redis)
    assert is_proven(redis, newer)
    assert give(redis, dynamodb, table, 1, "d-1") == DONE
    assert not is_proven(redis, newer)
    reconcile_board(newer, dynamodb, redis)
    assert (total(redis, newer), is_proven(redis, newer)) == (1000, True)


def test_a_run_that_has_read_the_table_before_records_were_skipped_reads_it_again(
    redis: Redis, table: Board, dynamodb: Any, caplog: pytest.LogCaptureFixture
) -> None:
    newer = replace(table, bucket_seconds=300)
    put(dynamodb, table, "d-0")
    given: list[Response] = []

    def give_once(_: int) -> None:
        if not given:
            given.append(give(redis, dynamodb, table, 1, "d-1"))

    with caplog.at_level(logging.WARNING, "tallyboard"):
        report = reconcile_board(newer, dynamodb, redis, Reading(segments=1), progress=give_once)
    assert given == [DONE]
    assert "starting over" in caplog.text
    assert (report.items, total(redis, newer), is_proven(redis, newer)) == (2, 2000, True)


class FailsToNote:
    """A client on which noting that records were skipped fails."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self.close = redis.close
        self.calls = 0

    def execute_command(self, *args: Any) -> Any:
        self.calls += 1
        if self.calls > 1:
            raise RedisConnectionError("gone")
        return self._redis.execute_command(*args)


def test_records_that_could_not_be_noted_as_skipped_come_again(redis: Redis, first: Board) -> None:
    count(redis, first)
    changed = replace(first, group_by="donationId")
    client: Any = FailsToNote(redis)
    consumer = Consumer(count_on([changed], lambda: client))
    assert consumer.consume(event(record(101, donation("d-2")))) == AGAIN


class Copier:
    """Another kind of target: it stores items unchanged, until it fails."""

    def __init__(self, board: Board) -> None:
        self.name, self.table, self.key = "the copy", board.table, board.key
        self.items: dict[str, object] = {}
        self.fails = False

    def take(self, changes: Sequence[Change], stream: Stream) -> Outcome:
        if self.fails:
            return Outcome(is_done=False, trouble=f"of {stream.table} cannot be copied")
        self.items |= {change.key: change.image for change in changes}
        return DONE_WITH


@pytest.mark.parametrize("order", [1, -1], ids=["the copy first", "the board first"])
def test_another_kind_of_target_takes_the_same_changes_with_its_own_outcome(
    redis: Redis, first: Board, order: int, caplog: pytest.LogCaptureFixture
) -> None:
    copier = Copier(first)
    targets: list[Target] = [copier, *count_on([first], lambda: redis)]
    consumer = Consumer(targets[::order])
    assert consumer.consume(event(record(101, donation("d-1", amount=10)))) == DONE
    assert copier.items == {"d-1": donation("d-1", amount=10)}
    copier.fails = True
    assert consumer.consume(event(record(101, donation("d-2", amount=10)))) == AGAIN
    assert "the copy: 1 records from 101 on of donations cannot be copied" in caplog.text
    assert total(redis, first) == 2000


def test_a_redis_that_is_silent_is_not_waited_for_once_per_board(
    first: Board, second: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr("lambda_handler.consume.time.monotonic", lambda: now[0])
    asked: list[object] = []

    class Silent:
        def execute_command(self, *args: object) -> Any:
            asked.append(args)
            now[0] += 21
            raise RedisConnectionError("silent")

        def close(self) -> None: ...

    silent: Any = Silent()
    consumer = Consumer(count_on((first, second), lambda: silent))
    assert consumer.consume(event(record(101, donation("d-1")))) == AGAIN
    assert len(asked) == 1
