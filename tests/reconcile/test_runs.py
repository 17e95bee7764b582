"""A run goes on where it was ended, alone, and reads every item once."""

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from redis import Connection, ConnectionPool, Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.retry import Retry

from aggregates.board import Board
from aggregates.keys import board_keys
from reconcile.errors import BusyError
from reconcile.reading import Reading
from reconcile.reconcile import reconcile_board
from reconcile.scripts import Start, claim_run
from reconcile.scripts import begin_run as begin
from tests.proof import make_claim
from tests.reading_back import read_totals
from tests.reconcile.tables import (
    Scans,
    _Interrupted,
    consume,
    put,
    put_many,
    read_meta,
    redis_address,
)
from tests.stream_events import donation, record


def read_run(redis: Redis, board: Board) -> dict[str, str]:
    reply: Any = redis.hgetall(board_keys(board.name).reconcile)
    return {key.decode(): value.decode() for key, value in reply.items()}


def begin_run(redis: Redis, board: Board, lease_ms: int = 60_000) -> None:
    """Begin a run that never continues, like that of a killed process."""
    keys = board_keys(board.name)
    holder = "process 7 on elsewhere"
    claim = make_claim(redis, board, segments=4, owner="dead", holder=holder, lease_ms=lease_ms)
    claim_run(redis, keys, claim)
    begin(redis, keys, Start("dead", claim.server, claim.at, stale_before=0))


@pytest.mark.parametrize("segments", [1, 4, 7])
def test_parallel_segments_read_every_item_once_with_consistent_reads(
    redis: Redis, board: Board, dynamodb: Any, segments: int
) -> None:
    keys = put_many(dynamodb, board, 20)
    scans = Scans(dynamodb)
    told: list[int] = []
    report = reconcile_board(board, scans, redis, Reading(segments=segments), told.append)
    assert sorted(scans.read) == keys
    assert report.items == 20
    assert read_totals(redis, board)["ALL"] == {"count": 20, "amount": 2000}
    assert all(call["ConsistentRead"] for call in scans.calls)
    assert {call["Segment"] for call in scans.calls} == set(range(segments))
    assert {call["TotalSegments"] for call in scans.calls} == {segments}
    assert max(told) == 20


def test_a_run_that_ended_between_pages_is_gone_on_with_and_reads_no_page_twice(
    redis: Redis, board: Board, dynamodb: Any
) -> None:
    keys = put_many(dynamodb, board, 12)
    options = Reading(segments=2)
    broken = Scans(dynamodb, breaks_after=7)
    with pytest.raises(EndpointConnectionError):
        reconcile_board(board, broken, redis, options)
    assert "verified_at" not in read_meta(redis, board)
    done = int(read_run(redis, board)["items"])
    assert done > 0
    started_at = read_run(redis, board)["started_at"]
    again = Scans(dynamodb)
    told: list[int] = []
    claimed_again = ""

    def tell(items: int) -> None:
        nonlocal claimed_again
        told.append(items)
        claimed_again = read_run(redis, board)["started_at"]

    report = reconcile_board(board, again, redis, options, tell)
    # The pages counted before and those read now cover the table once.
    assert (len(again.read), report.items, min(told)) == (12 - done, 12, min(done + 1, 12))
    assert sorted(set(broken.read) | set(again.read)) == keys
    assert report.drift["ALL"] == {"count": 12, "amount": 1200}
    assert claimed_again == started_at
    assert not redis.exists(board_keys(board.name).reconcile)


def test_what_changed_while_a_run_was_dead_is_right_when_it_is_gone_on_with(
    redis: Redis, board: Board, dynamodb: Any
) -> None:
    keys = put_many(dynamodb, board, 6)
    options = Reading(segments=1)
    with pytest.raises(EndpointConnectionError):
        reconcile_board(board, Scans(dynamodb, breaks_after=4), redis, options)
    # Remove one item of each half; the stream delivers the removal like any change.
    for sequence, key in enumerate(keys, 1):
        dynamodb.delete_item(TableName=board.table, Key={"donationId": {"S": key}})
        consume(redis, board, record(sequence, None, key=key))
    put(dynamodb, board, donation("late", "Phone", 3))
    consume(redis, board, record(99, donation("late", "Phone", 3)))
    reconcile_board(board, dynamodb, redis, options)
    assert read_totals(redis, board) == {
        "Phone": {"count": 1, "amount": 300},
        "ALL": {"count": 1, "amount": 300},
    }


def test_a_read_error_does_no_harm_and_gives_the_run_up_at_once(
    redis: Redis, board: Board, dynamodb: Any
) -> None:
    put_many(dynamodb, board, 3)
    reconcile_board(board, dynamodb, redis)
    before, proof = read_totals(redis, board), read_meta(redis, board)["verified_at"]
    with pytest.raises(EndpointConnectionError):
        reconcile_board(board, Scans(dynamodb, breaks_after=0), redis)
    assert read_totals(redis, board) == before
    assert read_meta(redis, board)["verified_at"] == proof
    assert int(read_run(redis, board)["lease_until_ms"]) <= time.time() * 1000
    assert reconcile_board(board, dynamodb, redis).drift == {}


def test_a_table_that_is_not_there_is_named(redis: Redis, make_board: Any, dynamodb: Any) -> None:
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        reconcile_board(make_board(table="nowhere"), dynamodb, redis)


def test_a_second_run_says_who_is_at_it_and_stops(
    redis: Redis, board: Board, dynamodb: Any
) -> None:
    begin_run(redis, board)
    before = read_run(redis, board)
    scans = Scans(dynamodb)
    with pytest.raises(
        BusyError,
        match=r"process 7 on elsewhere has been reconciling it since 2026-11-21T19:04:11\.218Z",
    ):
        reconcile_board(board, scans, redis)
    assert scans.calls == []
    assert read_run(redis, board) == before


def test_a_run_takes_over_when_the_lease_of_a_dead_one_has_run_out(
    redis: Redis, board: Board, dynamodb: Any
) -> None:
    put_many(dynamodb, board, 2)
    begin_run(redis, board)
    redis.hset(board_keys(board.name).reconcile, "lease_until_ms", 1)
    assert reconcile_board(board, dynamodb, redis).items == 2


def test_of_two_runs_at_once_one_proves_and_the_other_is_busy(
    redis: Redis, board: Board, dynamodb: Any
) -> None:
    put_many(dynamodb, board, 3)
    reading, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        reading.set()
        assert go_on.wait(20)

    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(reconcile_board, board, _Interrupted(dynamodb, hold), redis)
        try:
            assert reading.wait(20)
            with pytest.raises(BusyError, match=f"process {os.getpid()} on "):
                reconcile_board(board, dynamodb, redis)
        finally:
            go_on.set()
        assert first.result(20).items == 3
    assert read_meta(redis, board)["verified_at"] == first.result().verified_at


def test_a_run_whose_lease_was_taken_meanwhile_gives_way(
    redis: Redis, board: Board, dynamodb: Any
) -> None:
    """It was delayed for so long that another run took over its lease."""
    put_many(dynamodb, board, 2)
    taken = iter([None])

    def take_over() -> None:
        if next(taken, "none") is None:
            redis.hset(board_keys(board.name).reconcile, "lease_until_ms", 1)
            begin_run(redis, board)

    scans = _Interrupted(dynamodb, take_over)
    with pytest.raises(BusyError, match="process 7 on elsewhere"):
        reconcile_board(board, scans, redis, Reading(segments=1))
    assert read_run(redis, board)["owner"] == "dead"
    assert "verified_at" not in read_meta(redis, board)


def test_a_page_whose_reply_is_lost_is_applied_once(
    redis: Redis, board: Board, dynamodb: Any
) -> None:
    put_many(dynamodb, board, 3)
    with Redis(
        connection_pool=ConnectionPool.from_url(
            redis_address(redis),
            connection_class=LosesApplyReplies,
            retry=Retry(NoBackoff(), 2),
        )
    ) as losing:
        LosesApplyReplies.lost = 0
        report = reconcile_board(board, dynamodb, losing, Reading(segments=1))
    assert LosesApplyReplies.lost > 0
    assert (report.items, report.drift["ALL"]) == (3, {"count": 3, "amount": 300})
    assert read_totals(redis, board)["ALL"] == {"count": 3, "amount": 300}


class LosesApplyReplies(Connection):
    """A connection that breaks after the first call for each page was executed."""

    lost = 0
    _is_page = False

    def send_packed_command(self, command: Any, check_health: bool = True) -> None:
        text = b"".join(command) if isinstance(command, list) else command
        self._is_page = b'"page":' in text
        super().send_packed_command(command, check_health)

    def read_response(self, *arguments: Any, **options: Any) -> Any:
        reply = super().read_response(*arguments, **options)
        if self._is_page and not isinstance(reply, Exception) and not LosesApplyReplies.lost:
            LosesApplyReplies.lost += 1
            self.disconnect()
            raise RedisConnectionError("the reply was lost")
        return reply
