"""Feeds the sinks of the boards' tables, as the sinks' function is fed: the second reader."""

import os
import threading
import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from donations.side_table import create_side_table
from lambda_handler.stream import parse_stream
from local.delivery import DEPLOYED, GivenUp
from local.dynamodb import connect_streams
from local.event_source import EventSource
from local.system import System
from reconcile.stream import TableStream
from sinks.beginning import begin_sink
from sinks.choosing import RecordSink, choose_record_sinks, choose_sinks
from sinks.clickhouse.filling import ClickHouseFill
from sinks.clickhouse.server import PATIENCE_SECONDS, Server
from sinks.consume import SinkConsumer
from sinks.filling import FillError, ReplicaFill
from sinks.kinds.clickhouse import ClickHouse
from sinks.kinds.replica import Replica
from sinks.kinds.rule import Rule
from sinks.kinds.sql import Sql
from sinks.sink_state import StateTable
from sinks.sql_service import SqlService
from sinks.targets import make_targets

# Runs a function in a thread until the system stops, and waits so many seconds for it.
StartWorker = Callable[[str, Callable[[threading.Event], None], float], None]
# When the system stops, sinks take what is in the streams. The keeper of an event ends later.
_DRAIN_SECONDS = 5.0
_STOP_SECONDS = 8.0


class Place(NamedTuple):
    """Where sinks are fed: clients of DynamoDB and its streams; `say` tells a person.

    `sql` is the service that keeps the rows of SQL sinks, and fills them itself.
    """

    dynamodb: Any
    streams: Any
    say: Callable[[str], None]
    sql: SqlService | None = None


def feed_sinks(system: System, beside: str, say: Callable[[str], None]) -> None:
    """Feed the record sinks of a running system. Without any, nothing is changed."""
    sinks, errors = choose_sinks(system.boards, beside)
    for error in errors:
        say(f"! a sink is not fed: {error}")
    feed = system.running.explore_feed
    sql = SqlService(feed) if feed else None
    place = Place(system.dynamodb, connect_streams(system.running.dynamodb), say, sql)
    chosen = choose_record_sinks(sinks).values()
    fed = [sink for sink in chosen if sql is not None or not isinstance(sink, Sql)]
    start_feeding(fed, place, system.start_worker)
    if sql is not None:
        say(system.explore.greeting)


def start_feeding(sinks: Iterable[RecordSink], place: Place, start_worker: StartWorker) -> None:
    """Begin sinks, feed them, and fill the copies."""
    by_table: dict[str, list[RecordSink]] = {}
    for sink in sinks:
        if _begin(sink, place):
            by_table.setdefault(sink.source.table, []).append(sink)
    for table, fed in by_table.items():
        feed = _Feed(fed, place)
        start_worker(f"the sinks of {table}", feed.run, _STOP_SECONDS)
        start_worker(f"the fill of copies of {table}", feed.fill, 1.0)


def _begin(sink: RecordSink, place: Place) -> bool:
    try:
        # Beside the boards' tables nobody makes one here.
        create_side_table(place.dynamodb, sink.source.table, sink.source.key)
        begin_sink(sink, place.dynamodb)
    except (FillError, BotoCoreError, ClientError) as error:
        place.say(f"! a sink is not fed: {error}")
        return False
    place.say(f"Sink {sink.name}: {sink.describe()}")
    return True


class _Feed:
    """Feeds the sinks of one table."""

    def __init__(self, sinks: list[RecordSink], place: Place) -> None:
        self._place = place
        self._sinks = sinks
        self._copies = [sink for sink in sinks if isinstance(sink, Replica | ClickHouse)]
        table = sinks[0].source.table
        arn = place.dynamodb.describe_table(TableName=table)["Table"]["LatestStreamArn"]
        for rule in (sink for sink in sinks if isinstance(sink, Rule)):
            # While nothing ran here, nothing could change the table.
            made_ms = parse_stream(arn).made_ms
            StateTable(place.dynamodb, rule.name).note_stream(made_ms, "")
        self._drained_ns = 0
        self._source = EventSource(
            TableStream(place.streams, arn),
            arn,
            SinkConsumer(
                make_targets(sinks, place.dynamodb, sql=place.sql, environment=os.environ)
            ).consume,
            mapping=DEPLOYED,
            give_up=self._give_up,
            notify=lambda text: place.say(f"! sinks: {text}"),
            mark_drained=self._mark_drained,
            on_trimmed=partial(self._lose, "records of the stream were lost"),
        )

    def run(self, stop: threading.Event) -> None:
        """Feed until `stop` is set, and then what is in the stream."""
        self._source.run(stop)
        wanted_ns, deadline = time.time_ns(), time.monotonic() + _DRAIN_SECONDS
        pause = threading.Event()
        while self._drained_ns < wanted_ns and time.monotonic() < deadline:
            pause.wait(self._source.step(time.monotonic()))

    def fill(self, stop: threading.Event) -> None:
        """Fill the copies."""

        def wait(seconds: float) -> None:
            if stop.wait(seconds):
                raise FillError("the system stops")

        for copy in self._copies:
            try:
                self._make_fill(copy, wait).run()
            except (FillError, BotoCoreError, ClientError) as error:
                if not stop.is_set():
                    self._place.say(f"! sink {copy.name} is not filled: {error}")

    def _make_fill(
        self, copy: Replica | ClickHouse, wait: Callable[[float], None]
    ) -> ReplicaFill | ClickHouseFill:
        dynamodb = self._place.dynamodb
        if isinstance(copy, Replica):
            # No call of the function began before the system did.
            return ReplicaFill(copy, dynamodb, settle_seconds=0, sleep=wait)
        server = Server(copy, os.environ, answer_seconds=PATIENCE_SECONDS)
        return ClickHouseFill(copy, dynamodb, server, sleep=wait)

    def _mark_drained(self, time_ns: int) -> None:
        self._drained_ns = time_ns

    def _give_up(self, _: str, given_up: GivenUp) -> None:
        count = len(given_up.records)
        self._place.say(f"! {count} records were given up by the sinks: {given_up.reason}")
        self._lose(f"{count} records were given up")

    def _lose(self, why: str) -> None:
        for sink in self._sinks:
            state = StateTable(self._place.dynamodb, sink.name)
            if isinstance(sink, Rule):
                state.note_gap(why)
            else:
                state.detach(why)
