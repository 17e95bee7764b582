"""A table's stream counted and fed to sinks while the target of one of them is gone for a while.

Everything is real: the local DynamoDB and its streams, the two readers of the stream as threads,
Redis. Only the times are parameters.
"""

import secrets
import threading
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from redis import Redis

from aggregates.board import Board
from aggregates.keys import board_keys
from donations.side_table import create_side_table
from lambda_handler.board_target import count_on
from lambda_handler.consume import Consumer
from local.delivery import DEPLOYED
from local.dynamodb import connect_streams
from local.event_source import EventSource
from local.worker import Worker
from reconcile.stream import TableStream
from sinks.beginning import begin_sink
from sinks.choosing import RecordSink
from sinks.comparison import parse_comparison
from sinks.consume import SinkConsumer
from sinks.definition import Source
from sinks.filling import ReplicaFill
from sinks.kinds.replica import Replica
from sinks.kinds.rule import Rule
from sinks.sink_state import DETACHED, StateTable
from sinks.targets import make_targets
from sinks.template import parse_template
from sinks.verifying import verify_replica
from tests.sinks.arrivals import Arrivals
from tests.sinks.gifts import LARGE, Gifts

_PATIENCE_SECONDS = 120.0


class Times(NamedTuple):
    """How long all is well at first, and how long a target is gone; after what time a sink that
    fails is detached; how long a fill waits for calls of the function.
    """

    well_seconds: float
    gone_seconds: float
    detach_seconds: float
    settle_seconds: int


class Ended(NamedTuple):
    """What came of it.

    `counting` and `copying` are the seconds from a write to its count, and to its item in the sink
    that goes on, by the phase in which it was written. `detached_after` is in seconds from when the
    target was gone. `copied_meanwhile` are the items that were written after that, and were in the
    other copy before the target was there again. `corrected` items were missing or old when the
    fill came to them. `wrong` are items that differ, for each sink and the board.
    """

    counting: dict[str, list[float]]
    copying: dict[str, list[float]]
    detached_after: float
    copied_meanwhile: int
    corrected: int
    written: int
    wrong: dict[str, int]


class Outage:
    """The run; `board` is one of `gifts.load_gifts`."""

    def __init__(
        self, board: Board, dynamodb: Any, redis: Redis, *, rate: float, times: Times
    ) -> None:
        self._board, self._dynamodb, self._redis = board, dynamodb, redis
        self._times = times
        table, name = board.table, secrets.token_hex(4)
        source = Source(table, board.key)
        create_side_table(dynamodb, table, list(board.key))
        self._steady = Replica(f"steady-{name}", source, f"{table}-steady")
        self._gone = Replica(f"gone-{name}", source, f"{table}-gone")
        self._rule = _make_rule(f"large-{name}", source)
        self._arrivals = Arrivals(board, dynamodb, redis, self._steady.target)
        self._phase = "all is well"
        self._gifts = Gifts(
            board, dynamodb, rate, lambda key: self._arrivals.note_written(self._phase, key)
        )
        self._drained_ns: dict[str, int] = {"counting": 0, "sinks": 0}

    def run(self, *, is_gone: bool = True) -> Ended:
        """Run all phases; end what it started. Without `is_gone`, the target stays all the time."""
        sinks: list[RecordSink] = [self._steady, self._gone, self._rule]
        for sink in sinks:
            begin_sink(sink, self._dynamodb)
            if isinstance(sink, Replica):
                ReplicaFill(sink, self._dynamodb, settle_seconds=0).run()
        targets = make_targets(sinks, self._dynamodb)
        consumer = SinkConsumer(targets, detach_seconds=self._times.detach_seconds)
        counter = Consumer(count_on([self._board], lambda: self._redis))
        workers = [
            self._read("counting", counter.consume),
            self._read("sinks", consumer.consume),
            Worker("the arrivals of counts", self._arrivals.follow_counts, 5.0),
            Worker("the arrivals of copies", self._arrivals.follow_copies, 5.0),
        ]
        writer = Worker("the writer", self._gifts.write, 5.0)
        try:
            played = self._play(is_gone=is_gone)
            writer.stop.set()
            writer.join(10)
            self._drain()
        finally:
            for worker in [writer, *workers]:
                worker.stop.set()
            for worker in [writer, *workers]:
                worker.join(10)
        errors = [worker.error for worker in [writer, *workers] if worker.error is not None]
        if errors:
            raise errors[0]
        counting, copying = self._arrivals.find_delays()
        written = len(self._arrivals.written)
        return Ended(counting, copying, *played, written, self._compare())

    def _play(self, *, is_gone: bool) -> tuple[float, int, int]:
        """Play the phases; return `detached_after`, `copied_meanwhile` and `corrected`."""
        pause = threading.Event()
        pause.wait(self._times.well_seconds)
        self._phase = "its table is gone"
        began = time.monotonic()
        state = StateTable(self._dynamodb, self._gone.name)

        def is_detached() -> bool:
            found = state.read()
            return found is not None and found.status == DETACHED

        if is_gone:
            self._dynamodb.delete_table(TableName=self._gone.target)
            _wait(is_detached, "the sink is not detached")
        else:
            pause.wait(self._times.detach_seconds)
        detached_after = time.monotonic() - began
        self._phase = "it is detached"
        pause.wait(max(0.0, self._times.gone_seconds - detached_after))
        copied = self._arrivals.count_copied(self._phase)
        self._phase = "it is filled"
        begin_sink(self._gone, self._dynamodb)
        fill = ReplicaFill(self._gone, self._dynamodb, settle_seconds=self._times.settle_seconds)
        corrected = fill.run()
        self._phase = "all is well again"
        pause.wait(self._times.well_seconds)
        return detached_after, copied, corrected

    def _read(self, name: str, consume: Callable[[object], object]) -> Worker:
        """Start a reader of the stream, as Lambda's event source mapping is one."""
        arn = self._dynamodb.describe_table(TableName=self._board.table)["Table"]["LatestStreamArn"]
        streams = connect_streams(self._dynamodb.meta.endpoint_url)
        source = EventSource(
            TableStream(streams, arn),
            arn,
            consume,
            mapping=DEPLOYED,
            give_up=lambda *_: None,
            notify=lambda _: None,
            mark_drained=lambda time_ns: self._drained_ns.__setitem__(name, time_ns),
            on_trimmed=lambda: None,
        )
        return Worker(f"the reader for {name}", source.run, 30.0)

    def _drain(self) -> None:
        wanted_ns = time.time_ns()
        _wait(lambda: min(self._drained_ns.values()) > wanted_ns, "the stream is not read")
        _wait(self._arrivals.are_all_in, "not all has arrived")

    def _compare(self) -> dict[str, int]:
        pages = self._dynamodb.get_paginator("scan").paginate(TableName=self._board.table)
        paid = [
            int(item["amount"]["N"])
            for page in pages
            for item in page["Items"]
            if item["status"]["S"] == "paid"
        ]
        totals: Any = self._redis.hmget(
            board_keys(self._board.name).totals, ["ALL:count", "ALL:amount"]
        )
        count, amount = map(int, totals)
        orders = self._dynamodb.get_paginator("scan").paginate(TableName=self._rule.target)
        found = sum(len(page["Items"]) for page in orders)
        return {
            "the board": abs(count - len(paid)) + abs(amount - 100 * sum(paid)),
            "the sink that was gone": verify_replica(self._gone, self._dynamodb).different,
            "the copy beside it": verify_replica(self._steady, self._dynamodb).different,
            "the rule beside it": abs(found - self._gifts.large),
        }


def _make_rule(name: str, source: Source) -> Rule:
    when, template = parse_comparison(f"amount >= {LARGE}"), parse_template("{id}")
    assert when is not None
    assert template is not None
    return Rule(name, source, when, f"{name}-to", ("id",), {"id": template}, on_insert=True)


def _wait(is_so: Callable[[], bool], otherwise: str) -> None:
    pause = threading.Event()
    until = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < until:
        if is_so():
            return
        pause.wait(0.1)
    raise AssertionError(f"{otherwise} within {_PATIENCE_SECONDS:.0f} s")
