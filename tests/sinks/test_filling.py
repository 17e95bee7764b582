"""How long a fill waits before it reads, and what it leaves alone."""

import secrets
from typing import Any

import pytest

from donations.side_table import create_side_table
from sinks.beginning import begin_sink
from sinks.definition import Source
from sinks.filling import FillError, ReplicaFill, find_wait
from sinks.kinds.replica import Replica
from sinks.sink_state import ATTACHED, DETACHED, FILLING, SinkState


def make_state(status: str, *, cut_s: int = 1) -> SinkState:
    since = "2026-11-21T19:00:00.000+00:00"
    return SinkState(status, since, "", 1, cut_s, "", "", "", "", 0.0, "", 0)


# 19:00:00 on that day.
SINCE_S = 1_795_287_600.0


@pytest.mark.parametrize(
    ("state", "after_s", "wait_s"),
    [
        # Calls that began before may be about to write.
        (make_state(ATTACHED), 1_000, 22),
        (make_state(FILLING), 1_000, 22),
        (make_state(DETACHED), 0, 22),
        (make_state(DETACHED), 10.5, 12),
        # Since then all calls have passed over.
        (make_state(DETACHED), 22, 0),
        (make_state(DETACHED), 9_999, 0),
        # It was never filled, so it has never taken anything.
        (make_state(DETACHED, cut_s=0), 0, 0),
    ],
)
def test_a_fill_waits_for_calls_that_may_write(
    state: SinkState, after_s: float, wait_s: int
) -> None:
    assert find_wait(state, SINCE_S + after_s, 22) == wait_s


def test_a_fill_ends_when_another_one_begins(dynamodb: Any) -> None:
    name = f"copy-{secrets.token_hex(4)}"
    replica = Replica(name, Source(f"{name}-from", ("id",)), f"{name}-to")
    create_side_table(dynamodb, replica.source.table, ["id"])
    dynamodb.put_item(TableName=replica.source.table, Item={"id": {"S": "a"}})
    begin_sink(replica, dynamodb)
    now = [1_900_000_000]

    def let_another_begin(seconds: float) -> None:
        now[0] += int(seconds)
        if len(others) < 1:
            others.append(1)
            ReplicaFill(
                replica, dynamodb, settle_seconds=0, now_s=lambda: now[0], sleep=pass_time
            ).run()

    def pass_time(seconds: float) -> None:
        now[0] += int(seconds)

    others: list[int] = []
    first = ReplicaFill(
        replica, dynamodb, settle_seconds=0, now_s=lambda: now[0], sleep=let_another_begin
    )
    with pytest.raises(FillError, match=f"another fill of the sink {name} has begun"):
        first.run()
