"""The promise: whatever is delivered, and however often, the totals equal the table's.

A state machine writes a table, keeps its stream, and delivers it as Lambda may: in batches that
fail and come again, twice, or long after newer ones. At any moment the totals must equal the newest
delivered record of each item; once everything is delivered, they must equal the table. A reconcile
makes them equal at once. If Redis loses a key, that is noticed, and nothing is counted until the
next reconcile.
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

from aggregates import steps
from aggregates.board import Board, Goal, Ticker
from aggregates.keys import board_keys
from aggregates.scripts import read_standing
from aggregates.snapshot import Snapshot
from aggregates.steps import choose_step, list_steps
from lambda_handler.board_target import count_on
from lambda_handler.consume import Consumer
from reconcile.reading import Reading
from reconcile.reconcile import reconcile_board
from tests.reading_back import snapshot_of
from tests.stream_events import donation, event, record

ITEMS = st.integers(1, 8).map(lambda number: f"d-{number}")
PLATFORMS = st.sampled_from(["Facebook", "Phone", "a:b", "Spenden 🎉"])
CENTS = st.integers(-500, 100_000)
# Minutes ago: recent ones, older ones, and some so old that points have to be joined.
MINUTES = st.integers(0, 90) | st.sampled_from([700, 5_000, 90_000, 2_000_000])
MOST_POINTS = 3
# Numbers of all lengths found in streams, so that text order and number order differ.
STEPS = st.sampled_from([1, 7, 89, 10**3, 10**9, 10**21, 10**38])

NOW = datetime.now(UTC).replace(second=0, microsecond=0)
# The keys that a seal covers, and meta itself.
LOSABLE = ("meta", "totals", "ledger", "groups", "timeline", "ticker", "ranks", "recent")


@dataclass(frozen=True)
class Written:
    """One record of the stream, and the item after it."""

    sequence: int
    key: str
    image: dict[str, Any] | None

    @property
    def counts(self) -> bool:
        return self.image is not None and "N" in self.image["amount"]


class LosesReplies:
    """A client whose next call is executed, but whose reply is lost."""

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


class StandingTable:
    """The part of DynamoDB that a reconcile needs: the current items."""

    def __init__(self, items: list[dict[str, Any]]) -> None:
        self._items = items

    def describe_table(self, **_: Any) -> dict[str, Any]:
        return {
            "Table": {},
        }

    def scan(self, **_: Any) -> dict[str, Any]:
        return {"Items": self._items}


class Deliveries(RuleBasedStateMachine):
    """The table, its stream, and its delivered records."""

    redis: Redis
    make_board: Callable[..., Board]

    @initialize()
    def start(self) -> None:
        self.board = self.make_board(
            ticker=Ticker(length=2, attributes=("platform", "amount")),
            goal=Goal("amount", target_minor=200_000, milestones_minor=(10_000, 100_000)),
        )
        self.client = LosesReplies(self.redis)
        self.consumer = Consumer(count_on([self.board], lambda: self.client))  # type: ignore[arg-type,return-value]
        self.stream: list[Written] = []
        self.sequence = 0
        # The position of the event source, and the newest applied record of each item.
        self.position = 0
        self.applied: dict[str, Written] = {}
        self.version = 0
        # Earlier records are not delivered again, because Redis has lost its knowledge of them.
        self.forgotten = 0

    def write(self, key: str, image: dict[str, Any] | None) -> None:
        self.stream.append(Written(self.sequence, key, image))

    def image_of(self, key: str) -> dict[str, Any] | None:
        return next((w.image for w in reversed(self.stream) if w.key == key), None)

    @rule(key=ITEMS, platform=PLATFORMS, cents=CENTS, minute=MINUTES, step=STEPS)
    def put(self, key: str, platform: str, cents: int, minute: int, step: int) -> None:
        """Insert or correct an item: all or some of amount, platform and time."""
        self.sequence += step
        amount = f"{cents / 100:.2f}"
        at = (NOW - timedelta(minutes=minute)).isoformat()
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

    @staticmethod
    def cents(written: Written) -> int:
        assert written.image is not None
        return round(float(written.image["amount"]["N"]) * 100)

    @precondition(lambda self: self.position < len(self.stream))
    @rule(size=st.integers(1, 10), lose_reply=st.booleans())
    def deliver_next(self, size: int, lose_reply: bool) -> None:
        """Deliver the event source's next batch; if the reply is lost, it comes again."""
        batch = self.stream[self.position : self.position + size]
        self.deliver(batch, lose_reply=lose_reply)
        if not lose_reply:
            self.position += len(batch)

    @precondition(lambda self: self.position > self.forgotten)
    @rule(data=st.data())
    def deliver_again(self, data: st.DataObject) -> None:
        """Deliver an old batch again, like a caller that was thought dead."""
        first = data.draw(st.integers(self.forgotten, self.position - 1))
        last = data.draw(st.integers(first + 1, self.position))
        self.deliver(self.stream[first:last])

    @rule()
    def reconcile(self) -> None:
        """Reconcile with the table: the totals equal it, whatever was delivered."""
        table = {w.key: w for w in self.stream}
        items = [w.image for w in table.values() if w.image is not None]
        reconcile_board(
            self.board, StandingTable(items), self.redis, Reading(segments=1), sleep=lambda _: None
        )
        for key in {*table, *self.applied}:
            known, image = self.applied.get(key), table[key].image
            if known is not None or image is not None:
                # A scan has no sequence number, so the previous record's number stays.
                self.applied[key] = Written(-1 if known is None else known.sequence, key, image)
        snapshot = snapshot_of(self.redis, self.board)
        assert snapshot is not None
        starts = self.count_buckets()
        steps_seconds = list_steps(60)
        expected = choose_step(starts, steps_seconds, MOST_POINTS) if starts else None
        assert snapshot.step_seconds == expected or not starts

    @precondition(lambda self: self.applied)
    @rule(part=st.sampled_from(LOSABLE))
    def lose_a_key(self, part: str) -> None:
        """Lose one of the board's keys in Redis: nothing is counted on the rest."""
        keys = board_keys(self.board.name)
        if not self.redis.delete(getattr(keys, part)):
            return
        assert read_standing(self.redis, keys).is_lost
        # Its record is skipped; meta and reconcile note that the board is in doubt.
        counted = set(keys) - {keys.meta, keys.reconcile}
        before = {key: self.redis.dump(key) for key in counted}
        if self.stream:
            records = [record(self.sequence + 1, None, key="d-1")]
            assert self.consumer.consume(event(*records)) == {"batchItemFailures": []}
            assert self.redis.hget(keys.meta, "verified_server") is None
        assert {key: self.redis.dump(key) for key in counted} == before
        self.applied, self.forgotten, self.version = {}, self.position, 0
        self.reconcile()

    @invariant()
    def redis_says_what_was_delivered(self) -> None:
        snapshot = snapshot_of(self.redis, self.board)
        if not self.applied:
            assert snapshot is None or snapshot.totals.get("ALL", {"count": 0})["count"] == 0
            return
        assert snapshot is not None
        assert not snapshot.is_lost
        self.check_totals(snapshot)
        self.check_ticker(snapshot)
        rejected = [w for w in self.applied.values() if w.image is not None and not w.counts]
        assert snapshot.rejected == len(rejected)
        assert snapshot.version >= self.version
        self.version = snapshot.version
        assert self.board.goal is not None
        total = snapshot.totals.get("ALL", {"amount": 0})["amount"]
        reached = {step for step in self.board.goal.steps_minor if step <= total}
        assert set(snapshot.milestones) == reached

    def check_totals(self, snapshot: Snapshot) -> None:
        zero = {"count": 0, "amount": 0}
        totals: dict[str, dict[str, int]] = {"ALL": dict(zero)}
        for w in self.applied.values():
            if not w.counts:
                continue
            assert w.image is not None
            for place in ("ALL", w.image["platform"]["S"]):
                sums = totals.setdefault(place, dict(zero))
                sums["count"] += 1
                sums["amount"] += self.cents(w)
        # Groups that never had an item, or no longer have one, do not exist.
        assert {"ALL": zero, **snapshot.totals} == totals
        assert snapshot.group_count == len(totals) - 1
        ranked = [group for group in snapshot.totals if group != "ALL"]
        assert ranked == sorted(ranked, key=lambda group: (-totals[group]["amount"], group))
        buckets = self.count_buckets()
        step = snapshot.step_seconds or 60
        points: dict[int, dict[str, int]] = {}
        for start, sums in buckets.items():
            point = points.setdefault(start - start % step, dict(zero))
            for name, value in sums.items():
                point[name] += value
        assert snapshot.points == points
        assert len(points) <= MOST_POINTS
        meta: Any = self.redis.hget(board_keys(self.board.name).meta, "recent_floor")
        assert snapshot.recent == {s: of for s, of in buckets.items() if s >= int(meta or 0)}

    def count_buckets(self) -> dict[int, dict[str, int]]:
        """Return the delivered donations by minute."""
        buckets: dict[int, dict[str, int]] = {}
        for w in self.applied.values():
            if w.counts:
                assert w.image is not None
                seconds = int(datetime.fromisoformat(w.image["donatedAt"]["S"]).timestamp())
                bucket = buckets.setdefault(seconds - seconds % 60, {"count": 0, "amount": 0})
                bucket["count"] += 1
                bucket["amount"] += self.cents(w)
        return buckets

    def check_ticker(self, snapshot: Snapshot) -> None:
        """The ticker has all items above its floor, which is set when it is full."""
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
        """Deliver the rest; then the totals equal the table's."""
        if hasattr(self, "stream") and self.position < len(self.stream):
            self.deliver(self.stream[self.position :])
            newest = {w.key: w.image for w in self.stream}
            table = {key: image for key, image in newest.items() if image is not None}
            counted = {k: w.image for k, w in self.applied.items() if w.image is not None}
            assert counted == table
            self.redis_says_what_was_delivered()


@pytest.mark.timeout(300)
def test_whatever_is_delivered_the_totals_are_those_of_the_table(
    redis: Redis, make_board: Callable[..., Board], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "MAX_POINTS", MOST_POINTS)

    class Machine(Deliveries):
        pass

    Machine.redis = redis
    Machine.make_board = staticmethod(make_board)
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=100,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
