"""Feeds the sinks beside the boards, as the sinks' function is fed: the streams' second reader."""

import shutil
import threading
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from aggregates.board import Board
from local.delivery import DEPLOYED, GivenUp
from local.dynamodb import connect_streams
from local.event_source import EventSource
from local.system import System
from reconcile.stream import TableStream
from sinks.beginning import RecordSink, begin_sink
from sinks.consume import SinkConsumer
from sinks.filling import FillError, ReplicaFill
from sinks.kinds.replica import Replica
from sinks.kinds.rule import Rule
from sinks.sink_file import FOLDER, read_sinks
from sinks.sink_state import StateTable
from sinks.targets import make_targets

StartWorker = Callable[[str, Callable[[threading.Event], None]], None]


def copy_sinks(source: Path, target: Path) -> None:
    """Copy the sinks beside a person's board to beside the copy that an event uses."""
    shutil.rmtree(target / FOLDER, ignore_errors=True)
    for file in sorted((source / FOLDER).glob("*.toml")):
        (target / FOLDER).mkdir(exist_ok=True)
        shutil.copyfile(file, target / FOLDER / file.name)


def feed_sinks(system: System, say: Callable[[str], None]) -> None:
    """Feed the sinks of a running system. Without sinks, nothing is changed."""
    streams = connect_streams(system.running.dynamodb)
    start_feeding(
        system.running.boards, system.boards, system.dynamodb, streams, say, system.start_worker
    )


def start_feeding(
    paths: str,
    boards: Mapping[str, Board],
    dynamodb: Any,
    streams: Any,
    say: Callable[[str], None],
    start_worker: StartWorker,
) -> None:
    """Begin all record sinks of the boards' tables, feed them, and fill the copies."""
    found, errors = read_sinks(paths, boards)
    for error in errors:
        say(f"! a sink is not fed: {error}")
    by_table: dict[str, list[RecordSink]] = {}
    for sink in found.values():
        if isinstance(sink, Replica | Rule) and _begin(sink, dynamodb, say):
            by_table.setdefault(sink.source.table, []).append(sink)
    for table, sinks in by_table.items():
        arn = dynamodb.describe_table(TableName=table)["Table"]["LatestStreamArn"]
        replicas = [sink for sink in sinks if isinstance(sink, Replica)]
        consumer = SinkConsumer(make_targets(sinks, dynamodb))
        source = EventSource(
            TableStream(streams, arn),
            arn,
            consumer.consume,
            mapping=DEPLOYED,
            give_up=lambda _, given_up: _tell(given_up, say),
            notify=lambda text: say(f"! sinks: {text}"),
            mark_drained=lambda _: None,
            on_trimmed=partial(_detach, replicas, dynamodb),
        )
        start_worker(f"the sinks of {table}", source.run)
        start_worker(
            f"the fill of copies of {table}",
            partial(_fill, replicas, dynamodb, say),
        )


def _begin(sink: RecordSink, dynamodb: Any, say: Callable[[str], None]) -> bool:
    try:
        begin_sink(sink, dynamodb)
    except (FillError, BotoCoreError, ClientError) as error:
        say(f"! a sink is not fed: {error}")
        return False
    say(f"Sink {sink.name}: {sink.describe()}, here in memory")
    return True


def _fill(
    replicas: list[Replica], dynamodb: Any, say: Callable[[str], None], stop: threading.Event
) -> None:
    for replica in replicas:
        # No call of the function began before the system did.
        fill = ReplicaFill(replica, dynamodb, settle_seconds=0, sleep=lambda s: _wait(stop, s))
        try:
            fill.run()
        except (FillError, BotoCoreError, ClientError) as error:
            if not stop.is_set():
                say(f"! sink {replica.name} is not filled: {error}")


def _wait(stop: threading.Event, seconds: float) -> None:
    if stop.wait(seconds):
        raise FillError("the system stops")


def _detach(replicas: list[Replica], dynamodb: Any) -> None:
    for replica in replicas:
        StateTable(dynamodb, replica.name).detach("records of the stream were lost")


def _tell(given_up: GivenUp, say: Callable[[str], None]) -> None:
    say(f"! {len(given_up.records)} records were given up by the sinks: {given_up.reason}")
