"""Verify finds every difference and writes nothing, on a local DynamoDB and a real Redis."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from redis import Redis

from aggregates.board import Board, Condition
from aggregates.keys import board_keys
from aggregates.outliers import Outlier
from reconcile.errors import DataLostError, ReconcileError
from reconcile.reconcile import reconcile_board
from reconcile.verify import Audit, Difference, verify_board
from tests.reconcile.tables import consume, empty, put
from tests.stream_events import donation, record

Change = Callable[[Board, Any], None]


def verify(redis: Redis, board: Board, dynamodb: Any) -> Audit:
    return verify_board(board, dynamodb, redis, lag_seconds=0)


def delete(dynamodb: Any, board: Board, key: str) -> None:
    dynamodb.delete_item(TableName=board.table, Key={"donationId": {"S": key}})


@pytest.fixture
def proven(redis: Redis, board: Board, dynamodb: Any) -> Board:
    """Return a board that equals its table: one Phone, one Text, one rejected item."""
    put(
        dynamodb,
        board,
        donation("phone", "Phone", 10),
        donation("text", "Text", 5),
        donation("bad") | {"amount": {"S": "ten"}},
    )
    reconcile_board(board, dynamodb, redis)
    return board


def test_a_board_that_is_right_is_exact(redis: Redis, proven: Board, dynamodb: Any) -> None:
    told: list[int] = []
    audit = verify_board(proven, dynamodb, redis, progress=told.append, lag_seconds=0)
    assert audit == Audit(3, {}, [], {}, (), audit.rejected)
    assert {key: str(why) for key, why in audit.rejected.items()} == {
        "bad": 'amount is text "ten"; a number is needed'
    }
    assert audit.is_exact
    assert told[-1] == 3


PHONE = {"count": 1, "amount": 1000}
AS_COUNTED = "Phone, 2026-11-21 19:04Z, amount 10.00 USD"


def opposite(totals: dict[str, int]) -> dict[str, int]:
    return {name: -value for name, value in totals.items()}


DIFFERENCES: dict[str, tuple[Change, Difference, dict[str, Any]]] = {
    "an item that is missing": (
        lambda board, dynamodb: put(dynamodb, board, donation("new", "Phone", 10)),
        Difference("new", AS_COUNTED, "not there"),
        {"ALL": opposite(PHONE), "Phone": opposite(PHONE)},
    ),
    "an item too many": (
        lambda board, dynamodb: delete(dynamodb, board, "phone"),
        Difference("phone", "not there", AS_COUNTED),
        {"ALL": PHONE, "Phone": PHONE},
    ),
    "another amount": (
        lambda board, dynamodb: put(dynamodb, board, donation("phone", "Phone", 12)),
        Difference("phone", "Phone, 2026-11-21 19:04Z, amount 12.00 USD", AS_COUNTED),
        {"ALL": {"amount": -200}, "Phone": {"amount": -200}},
    ),
    "another group": (
        lambda board, dynamodb: put(dynamodb, board, donation("phone", "Web", 10)),
        Difference("phone", "Web, 2026-11-21 19:04Z, amount 10.00 USD", AS_COUNTED),
        {"Phone": PHONE, "Web": opposite(PHONE)},
    ),
    "another time": (
        lambda board, dynamodb: put(
            dynamodb, board, donation("phone", "Phone", 10, "2026-11-21T20:00:00Z")
        ),
        Difference("phone", "Phone, 2026-11-21 20:00Z, amount 10.00 USD", AS_COUNTED),
        {},
    ),
    "an item that cannot be counted any more": (
        lambda board, dynamodb: put(dynamodb, board, donation("phone") | {"amount": {"S": "ten"}}),
        Difference("phone", "rejected", AS_COUNTED),
        {"ALL": PHONE, "Phone": PHONE},
    ),
    "an item that was rejected and is good": (
        lambda board, dynamodb: put(dynamodb, board, donation("bad", "Phone", 10)),
        Difference("bad", AS_COUNTED, "rejected"),
        {"ALL": opposite(PHONE), "Phone": opposite(PHONE)},
    ),
    "a rejected item that is gone": (
        lambda board, dynamodb: delete(dynamodb, board, "bad"),
        Difference("bad", "not there", "rejected"),
        {},
    ),
}


@pytest.mark.parametrize(
    ("change", "difference", "drift"), DIFFERENCES.values(), ids=DIFFERENCES.keys()
)
def test_every_kind_of_difference_is_found(
    redis: Redis,
    proven: Board,
    dynamodb: Any,
    change: Change,
    difference: Difference,
    drift: dict[str, Any],
) -> None:
    change(proven, dynamodb)
    audit = verify(redis, proven, dynamodb)
    assert audit.differences == [difference]
    assert audit.drift == drift
    assert audit.sums == {}
    assert not audit.is_exact
    reconcile_board(proven, dynamodb, redis)
    assert verify(redis, proven, dynamodb).is_exact


def test_a_falsified_total_is_found_by_the_sums(redis: Redis, proven: Board, dynamodb: Any) -> None:
    keys = board_keys(proven.name)
    redis.hincrby(keys.totals, "Phone:amount", 7)
    audit = verify(redis, proven, dynamodb)
    assert (audit.differences, audit.drift) == ([], {})
    assert audit.sums == {"Phone": {"amount": 7}}
    assert not audit.is_exact


def test_a_falsified_bucket_is_found_by_the_sums(
    redis: Redis, proven: Board, dynamodb: Any
) -> None:
    keys = board_keys(proven.name)
    redis.hincrby(keys.timeline, "1795287840:count", -1)
    audit = verify(redis, proven, dynamodb)
    assert audit.sums == {"the bucket at 1795287840": {"count": -1}}
    assert not audit.is_exact


class _Answers:
    """A DynamoDB client that runs a function before the second read of an item."""

    def __init__(self, dynamodb: Any, happen: Callable[[], None]) -> None:
        self._dynamodb, self._happen = dynamodb, happen

    def scan(self, **arguments: Any) -> Any:
        page = self._dynamodb.scan(**arguments)
        if page["Items"]:
            self._happen()
        return page

    def get_item(self, **arguments: Any) -> Any:
        return self._dynamodb.get_item(**arguments)


def test_an_item_whose_record_is_on_its_way_is_no_difference(
    redis: Redis, proven: Board, dynamodb: Any
) -> None:
    """The item has changed in the table; its record is delivered while verify waits for it."""
    put(dynamodb, proven, donation("phone", "Web", 11), donation("new", "Web", 1))
    delete(dynamodb, proven, "text")
    waited: list[float] = []

    def deliver(seconds: float) -> None:
        waited.append(seconds)
        consume(
            redis,
            proven,
            record(1, donation("phone", "Web", 11)),
            record(2, donation("new", "Web", 1)),
            record(3, None, key="text"),
        )

    audit = verify_board(proven, dynamodb, redis, lag_seconds=5, sleep=deliver)
    assert waited == [5]
    assert audit.is_exact


def test_a_record_that_comes_during_the_read_is_no_difference(
    redis: Redis, proven: Board, dynamodb: Any
) -> None:
    """The page is older than the ledger's entry."""

    def change() -> None:
        put(dynamodb, proven, donation("phone", "Web", 12), donation("new", "Web", 1))
        delete(dynamodb, proven, "text")
        consume(
            redis,
            proven,
            record(1, donation("phone", "Web", 12)),
            record(2, donation("new", "Web", 1)),
            record(3, None, key="text"),
        )

    assert verify(redis, proven, _Answers(dynamodb, change)).is_exact


def test_nothing_is_written(redis: Redis, proven: Board, dynamodb: Any) -> None:
    put(dynamodb, proven, donation("new", "Phone", 10), donation("phone", "Web", 12))
    delete(dynamodb, proven, "text")
    redis.hincrby(board_keys(proven.name).totals, "Phone:amount", 7)
    before = [redis.dump(key) for key in board_keys(proven.name)]
    assert any(before)
    assert len(verify(redis, proven, dynamodb).differences) == 3
    assert [redis.dump(key) for key in board_keys(proven.name)] == before


def test_a_board_that_redis_has_nothing_of_cannot_be_verified(
    redis: Redis,
    board: Board,
    dynamodb: Any,
) -> None:
    with pytest.raises(ReconcileError, match="Redis has nothing of it; run reconcile first"):
        verify(redis, board, dynamodb)
    assert not redis.exists(*board_keys(board.name))


def test_a_loss_of_data_meanwhile_is_no_verdict(redis: Redis, proven: Board, dynamodb: Any) -> None:
    with pytest.raises(DataLostError):
        verify(redis, proven, _Answers(dynamodb, lambda: empty(redis, proven)))


def test_sums_are_not_said_while_the_stream_never_pauses(
    redis: Redis, proven: Board, dynamodb: Any
) -> None:
    keys = board_keys(proven.name)

    class NeverPauses:
        """A client that changes the totals after every read of them."""

        def __getattr__(self, name: str) -> Any:
            return getattr(redis, name)

        def hgetall(self, key: str) -> Any:
            reply = redis.hgetall(key)
            if key == keys.totals:
                redis.hincrby(keys.meta, "version", 1)
            return reply

    audit = verify_board(proven, dynamodb, NeverPauses(), lag_seconds=0)  # type: ignore[arg-type]
    assert audit.sums is None
    assert audit.is_exact is None


def test_an_item_that_is_outside_is_not_there_as_far_as_the_board_goes(
    redis: Redis, proven: Board, dynamodb: Any
) -> None:
    paid = replace(proven, where=(Condition("status", ("PAID",)),))
    reconcile_board(paid, dynamodb, redis)
    assert verify(redis, paid, dynamodb) == Audit(3, {}, [], {})
    put(dynamodb, paid, donation("phone", "Phone", 10) | {"status": {"S": "PAID"}})
    audit = verify(redis, paid, dynamodb)
    assert audit.differences == [Difference("phone", AS_COUNTED, "not there")]


def test_items_dated_long_ago_or_ahead_are_listed_with_their_keys(
    redis: Redis, proven: Board, dynamodb: Any
) -> None:
    put(dynamodb, proven, donation("unset", "Phone", 1, "1970-01-01T00:00:00Z"))
    reconcile_board(proven, dynamodb, redis)
    audit = verify(redis, proven, dynamodb)
    assert audit.outliers == (Outlier("unset", 0),)
    assert audit.is_exact


def test_a_rejected_item_is_told_to_the_operator_with_its_value(
    redis: Redis, proven: Board, dynamodb: Any
) -> None:
    put(dynamodb, proven, donation("jane", donated_at="jane@example.org"))
    reconcile_board(proven, dynamodb, redis)
    audit = verify(redis, proven, dynamodb)
    assert str(audit.rejected["jane"]).startswith('donatedAt is "jane@example.org"; a time')
    public: Any = redis.hget(board_keys(proven.name).rejected, "jane")
    assert b"example.org" not in public


class ShowsGroupsLate:
    """A client whose first read returns the groups without the newest one."""

    def __init__(self, redis: Redis, key: str) -> None:
        self._redis, self._key = redis, key
        self.hidden = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._redis, name)

    def hgetall(self, key: str) -> Any:
        reply: Any = self._redis.hgetall(key)
        if key == self._key and self.hidden < 2:
            self.hidden += 1
            return {name: number for name, number in reply.items() if name != b"New"}
        return reply


def test_a_group_that_appears_meanwhile_is_no_failure(
    redis: Redis, proven: Board, dynamodb: Any
) -> None:
    put(dynamodb, proven, donation("new", "New", 10))
    consume(redis, proven, record(101, donation("new", "New", 10)))
    client: Any = ShowsGroupsLate(redis, board_keys(proven.name).groups)
    audit = verify(client, proven, dynamodb)
    assert client.hidden == 1
    assert (audit.differences, audit.drift) == ([], {})
