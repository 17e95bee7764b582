"""Reconcile, on a local DynamoDB and a real Redis."""

import math
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from redis import Connection, ConnectionPool, Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.retry import Retry

from aggregates.board import Board, Condition
from aggregates.keys import board_keys
from aggregates.server_id import read_server_id
from lambda_handler.board_target import count_on
from lambda_handler.consume import Consumer
from reconcile.errors import BusyError, ReconcileError
from reconcile.reading import Reading
from reconcile.reconcile import reconcile_board
from reconcile.scripts import Start, claim_run
from reconcile.scripts import begin_run as begin
from tests.conftest import RedisServer
from tests.proof import make_claim
from tests.stream_events import donation, event, record
from tests.test_redelivery import read_totals

# The stream's label in the tests' records: later than the stream that the local DynamoDB creates.
STREAM_LABEL = "2036-11-21T18:00:00.000"


def put(dynamodb: Any, board: Board, *items: dict[str, Any]) -> None:
    for item in items:
        dynamodb.put_item(TableName=board.table, Item=item)


def consume(redis: Redis, board: Board, *records: dict[str, Any]) -> None:
    arn = f"arn:aws:dynamodb:eu-west-1:1:table/{board.table}/stream/{STREAM_LABEL}"
    Consumer(count_on([board], lambda: redis)).consume(
        event(*({**r, "eventSourceARN": arn} for r in records))
    )


def read_meta(redis: Redis, board: Board) -> dict[str, str]:
    reply: Any = redis.hgetall(board_keys(board.name).meta)
    return {key.decode(): value.decode() for key, value in reply.items()}


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


class _Interrupted:
    """A DynamoDB client that runs a function between the read of a page and its use."""

    def __init__(self, dynamodb: Any, happen: Callable[[], None]) -> None:
        self._dynamodb, self._happen = dynamodb, happen
        self.describe_table = dynamodb.describe_table

    def scan(self, **arguments: Any) -> Any:
        page = self._dynamodb.scan(**arguments)
        self._happen()
        return page


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


# How the table is read


class Scans:
    """A DynamoDB client that records pages, makes them small, and fails after `breaks_after`."""

    def __init__(self, dynamodb: Any, *, limit: int = 1, breaks_after: float = math.inf) -> None:
        self._dynamodb, self._limit, self._breaks_after = dynamodb, limit, breaks_after
        self.describe_table = dynamodb.describe_table
        self._lock = threading.Lock()
        self.calls: list[dict[str, Any]] = []
        self.read: list[str] = []

    def scan(self, **arguments: Any) -> Any:
        with self._lock:
            if len(self.calls) >= self._breaks_after:
                raise EndpointConnectionError(endpoint_url="http://nowhere")
            self.calls.append(arguments)
        page = self._dynamodb.scan(**arguments | {"Limit": self._limit})
        with self._lock:
            self.read += [item["donationId"]["S"] for item in page["Items"]]
        return page


def put_many(dynamodb: Any, board: Board, count: int) -> list[str]:
    keys = [f"d-{number:02}" for number in range(count)]
    put(dynamodb, board, *(donation(key, amount=1) for key in keys))
    return keys


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


# One run at a time


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


def redis_address(redis: Redis) -> str:
    arguments = redis.connection_pool.connection_kwargs
    return f"redis://{arguments['host']}:{arguments['port']}"


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


# Redis loses data during a run


def set_back(redis: Redis, board: Board) -> None:
    redis.hincrby(board_keys(board.name).meta, "version", -1)


def empty(redis: Redis, board: Board) -> None:
    redis.unlink(*board_keys(board.name))


@pytest.mark.parametrize("lose", [set_back, empty], ids=["set back", "emptied"])
@pytest.mark.parametrize("at_page", [1, 3, 6], ids=lambda number: f"page {number}")
def test_a_loss_during_the_run_starts_it_over_after_the_settling_time(
    redis: Redis,
    board: Board,
    dynamodb: Any,
    lose: Callable[[Redis, Board], None],
    at_page: int,
) -> None:
    put_many(dynamodb, board, 5)
    reconcile_board(board, dynamodb, redis)
    put_many(dynamodb, board, 6)
    pages: list[None] = []
    waited: list[float] = []

    def happen() -> None:
        pages.append(None)
        if len(pages) == at_page:
            lose(redis, board)

    options = Reading(segments=1, settle_seconds=35)
    scans = _Interrupted(Scans(dynamodb), happen)
    report = reconcile_board(board, scans, redis, options, sleep=waited.append)
    assert waited == [35]
    assert report.items == 6
    assert read_totals(redis, board)["ALL"] == {"count": 6, "amount": 600}


def test_a_restart_of_redis_during_the_run_starts_it_over(
    redis_server: RedisServer, board: Board, dynamodb: Any
) -> None:
    put_many(dynamodb, board, 5)
    restarts = iter([None])

    def restart() -> None:
        if next(restarts, "none") is None:
            redis_server.kill()
            redis_server.start()

    with Redis.from_url(redis_server.url) as redis:
        scans = _Interrupted(Scans(dynamodb), restart)
        report = reconcile_board(board, scans, redis, Reading(segments=1))
        assert report.items == 5
        assert read_totals(redis, board)["ALL"] == {"count": 5, "amount": 500}
        assert read_meta(redis, board)["verified_server"] == read_server_id(redis, "")


def test_a_redis_that_never_keeps_its_data_is_told(
    redis: Redis, board: Board, dynamodb: Any
) -> None:
    put_many(dynamodb, board, 2)
    scans = _Interrupted(dynamodb, lambda: empty(redis, board))
    with pytest.raises(ReconcileError, match="gave up after 5 starts"):
        reconcile_board(board, scans, redis, Reading(segments=1))


# What is pruned


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
