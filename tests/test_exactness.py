"""The promise: whatever is delivered, and however often, totals are those of the table.

A machine writes a table, keeps its stream, and delivers it as Lambda may: in batches that fail and
come again, twice, or long after newer ones. At any moment the totals must be those of the newest
record of each item that was delivered; once all is delivered, those of the table.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from aggregates.board import Board, Goal, Ticker
from aggregates.keys import board_keys
from aggregates.message import Snapshot
from aggregates.scripts import read_snapshot
from lambda_handler.consume import Consumer
from tests.stream_events import donation, event, record

ITEMS = st.integers(1, 8).map(lambda number: f"d-{number}")
PLATFORMS = st.sampled_from(["Facebook", "Phone", "a:b", "Spenden 🎉"])
CENTS = st.integers(-500, 100_000)
MINUTES = st.integers(0, 40)
# Numbers of all the lengths that streams have, so that text and number order differ.
STEPS = st.sampled_from([1, 7, 89, 10**3, 10**9, 10**21, 10**38])

START = datetime(2026, 11, 21, 18, tzinfo=UTC)


@dataclass(frozen=True)
class Written:
    """One record of the stream, and the item as it was after it."""

    sequence: int
    key: str
    image: dict[str, Any] | None

    @property
    def counts(self) -> bool:
        return self.image is not None and "N" in self.image["amount"]


class SyncToAsync:
    """Lets `read_snapshot` be run by hand on a sync client."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def execute_command(self, *args: Any) -> Any:
        return self._redis.execute_command(*args)


def snapshot_of(redis: Redis, board: Board) -> Snapshot | None:
    """Return what the web app would read."""
    reading = read_snapshot(SyncToAsync(redis), board)
    try:
        reading.send(None)
    except StopIteration as done:
        result: Snapshot | None = done.value
        return result
    raise AssertionError("a sync client never waits")


class LosesReplies:
    """A client whose next call is carried out, but its reply never comes."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self.close = redis.close
        self.lose_next = False

    def execute_command(self, *args: Any) -> Any:
        reply = self._redis.execute_command(*args)
        if self.lose_next:
            self.lose_next = False
            raise RedisConnectionError("the reply was lost")
        return reply


class Deliveries(RuleBasedStateMachine):
    """The table, its stream, and what has been delivered of it."""

    redis: Redis
    make_board: Callable[..., Board]

    @initialize()
    def start(self) -> None:
        self.board = self.make_board(
            ticker=Ticker(length=2, attributes=("platform", "amount")),
            goal=Goal("amount", target_minor=200_000, milestones_minor=(10_000, 100_000)),
        )
        self.client = LosesReplies(self.redis)
        self.consumer = Consumer({self.board.name: self.board}, lambda: self.client)  # type: ignore[arg-type,return-value]
        self.stream: list[Written] = []
        self.sequence = 0
        # Where the event source stands, and the newest record of each item that was applied.
        self.position = 0
        self.applied: dict[str, Written] = {}
        self.version = 0
        self.highest_reached = 0

    def write(self, key: str, image: dict[str, Any] | None) -> None:
        self.stream.append(Written(self.sequence, key, image))

    def image_of(self, key: str) -> dict[str, Any] | None:
        return next((w.image for w in reversed(self.stream) if w.key == key), None)

    @rule(key=ITEMS, platform=PLATFORMS, cents=CENTS, minute=MINUTES, step=STEPS)
    def put(self, key: str, platform: str, cents: int, minute: int, step: int) -> None:
        """Insert or correct: amount, platform and time, all or some of them anew."""
        self.sequence += step
        amount = f"{cents / 100:.2f}"
        at = (START + timedelta(minutes=minute)).isoformat()
        self.write(key, donation(key, platform, amount, at))

    @rule(key=ITEMS, step=STEPS)
    def put_what_cannot_be_counted(self, key: str, step: int) -> None:
        self.sequence += step
        self.write(key, donation(key) | {"amount": {"S": "ten"}})

    @rule(key=ITEMS, step=STEPS)
    def refund(self, key: str, step: int) -> None:
        if self.image_of(key) is not None:
            self.sequence += step
            self.write(key, None)

    def deliver(self, written: list[Written], *, lose_reply: bool = False) -> None:
        records = [record(w.sequence, w.image, key=w.key) for w in written]
        self.client.lose_next = lose_reply
        response = self.consumer.consume(event(*records))
        failed = [{"itemIdentifier": str(written[0].sequence)}] if lose_reply else []
        assert response == {"batchItemFailures": failed}
        for w in written:
            newest = self.applied.get(w.key)
            if newest is None or w.sequence > newest.sequence:
                self.applied[w.key] = w
        total = sum(self.cents(w) for w in self.applied.values() if w.counts)
        self.highest_reached = max(self.highest_reached, total)

    @staticmethod
    def cents(written: Written) -> int:
        assert written.image is not None
        return round(float(written.image["amount"]["N"]) * 100)

    @precondition(lambda self: self.position < len(self.stream))
    @rule(size=st.integers(1, 10), lose_reply=st.booleans())
    def deliver_next(self, size: int, lose_reply: bool) -> None:
        """The event source's next batch; when its reply is lost, it will come again."""
        batch = self.stream[self.position : self.position + size]
        self.deliver(batch, lose_reply=lose_reply)
        if not lose_reply:
            self.position += len(batch)

    @precondition(lambda self: self.position > 0)
    @rule(data=st.data())
    def deliver_again(self, data: st.DataObject) -> None:
        """A zombie: a batch of the past, which a caller thought dead still applies."""
        first = data.draw(st.integers(0, self.position - 1))
        last = data.draw(st.integers(first + 1, self.position))
        self.deliver(self.stream[first:last])

    @invariant()
    def redis_says_what_was_delivered(self) -> None:
        snapshot = snapshot_of(self.redis, self.board)
        if not self.applied:
            assert snapshot is None
            return
        assert snapshot is not None
        self.check_totals(snapshot)
        self.check_ticker(snapshot)
        rejected = [w for w in self.applied.values() if w.image is not None and not w.counts]
        assert snapshot.rejected == len(rejected)
        assert snapshot.version >= self.version
        self.version = snapshot.version
        assert self.board.goal is not None
        reached = {step for step in self.board.goal.steps_minor if step <= self.highest_reached}
        assert set(snapshot.milestones) == reached

    def check_totals(self, snapshot: Snapshot) -> None:
        totals: dict[str, dict[str, int]] = {"ALL": {"count": 0, "amount": 0}}
        timeline: dict[int, dict[str, int]] = {}
        for w in self.applied.values():
            if not w.counts:
                continue
            assert w.image is not None
            platform = w.image["platform"]["S"]
            seconds = int(datetime.fromisoformat(w.image["donatedAt"]["S"]).timestamp())
            for place in (
                totals["ALL"],
                totals.setdefault(platform, {"count": 0, "amount": 0}),
                timeline.setdefault(seconds - seconds % 60, {"count": 0, "amount": 0}),
            ):
                place["count"] += 1
                place["amount"] += self.cents(w)
        # A group that never had an item is not there, nor is one that has none any more.
        assert {"ALL": {"count": 0, "amount": 0}, **snapshot.totals} == totals
        assert snapshot.timeline == timeline

    def check_ticker(self, snapshot: Snapshot) -> None:
        """The ticker is all items above its floor; the floor is where it was full once."""
        meta: Any = self.redis.hmget(
            board_keys(self.board.name).meta, ["ticker_floor_ms", "ticker_floor_key"]
        )
        floor = (int(meta[0]), meta[1].decode()) if meta[0] else (-1, "")
        expected = []
        for w in self.applied.values():
            if w.counts:
                assert w.image is not None
                at_ms = int(datetime.fromisoformat(w.image["donatedAt"]["S"]).timestamp() * 1000)
                if (at_ms, w.key) > floor:
                    shown = {"platform": w.image["platform"]["S"], "amount": self.cents(w)}
                    expected.append((at_ms, shown))
        assert self.board.ticker is not None
        assert len(snapshot.ticker) <= self.board.ticker.capacity
        found = [(item.at_ms, dict(item.attributes)) for item in snapshot.ticker]
        assert sorted(found, key=repr) == sorted(expected, key=repr)
        assert len({item.id for item in snapshot.ticker}) == len(snapshot.ticker)

    def teardown(self) -> None:
        """Deliver the rest; now the totals are the table's."""
        if hasattr(self, "stream") and self.position < len(self.stream):
            self.deliver(self.stream[self.position :])
            table = {w.key: w for w in self.stream}
            assert {k: w.image for k, w in self.applied.items()} == {
                k: w.image for k, w in table.items()
            }
            self.redis_says_what_was_delivered()


@pytest.mark.timeout(300)
def test_whatever_is_delivered_the_totals_are_those_of_the_table(
    redis: Redis, make_board: Callable[..., Board]
) -> None:
    class Machine(Deliveries):
        pass

    Machine.redis = redis
    Machine.make_board = staticmethod(make_board)
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=150,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
