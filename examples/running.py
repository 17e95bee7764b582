"""Runs an example on a local DynamoDB: its sink and the published way get the same deliveries."""

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from examples.deliveries import make_deliveries
from local.lambda_event import LambdaRecord, to_event, to_lambda_record
from reconcile.stream import TableStream
from sinks.beginning import begin_sink
from sinks.choosing import RecordSink, choose_record_sinks
from sinks.consume import SinkConsumer
from sinks.filling import ReplicaFill
from sinks.kinds.replica import Replica
from sinks.sink_file import load_sinks
from sinks.targets import make_targets

FOLDER = Path(__file__).parent
_MOST_PAGES = 1_000


class Example(Protocol):
    """What an example's module `example` has as its class `Example`."""

    def create(self) -> None: ...
    def change(self) -> None: ...
    def take_as_published(self, event: dict[str, Any]) -> None: ...
    def judge(self) -> list[tuple[str, int, str]]: ...


class Shown(NamedTuple):
    """How many records were delivered how, and for each way what `Example.judge` says."""

    records: int
    deliveries: int
    again: int
    late: int
    ways: list[tuple[str, int, str]]


def list_examples() -> list[str]:
    """Return the names of the examples."""
    return sorted(path.parent.name for path in FOLDER.glob("*/example.py"))


def run_example(
    name: str, dynamodb: Any, streams: Any, say: Callable[[str], None] = lambda _: None
) -> Shown:
    """Run an example in tables of its own names; return what came of it."""
    example: Example = importlib.import_module(f"examples.{name}.example").Example(dynamodb)
    found, errors = load_sinks(FOLDER / name, {})
    if errors:
        raise errors[0]
    sinks = list(choose_record_sinks(found).values())
    example.create()
    for sink in sinks:
        say(f"{sink.name}: {sink.describe()}")
        begin_sink(sink, dynamodb)
        if isinstance(sink, Replica):
            ReplicaFill(sink, dynamodb, settle_seconds=0).run()
    say("Writing …")
    example.change()
    records = _read_stream(sinks[0], dynamodb, streams)
    deliveries = make_deliveries(records)
    say(f"Delivering {len(records):,} records to both ways …")
    consumer = SinkConsumer(make_targets(sinks, dynamodb))
    for delivery in deliveries:
        event = to_event(delivery.records)
        response = consumer.consume(event)
        if response["batchItemFailures"]:
            raise RuntimeError(f"a sink failed: {response}")
        example.take_as_published(event)
    again, late = (
        sum(map(bool, flags)) for flags in zip(*(d[1:] for d in deliveries), strict=True)
    )
    return Shown(len(records), len(deliveries), again, late, example.judge())


def _read_stream(sink: RecordSink, dynamodb: Any, streams: Any) -> list[LambdaRecord]:
    arn = dynamodb.describe_table(TableName=sink.source.table)["Table"]["LatestStreamArn"]
    reader = TableStream(streams, arn)
    records: list[LambdaRecord] = []
    for shard in reader.list_shards():
        iterator: str | None = reader.get_iterator(shard.id, None)
        for _ in range(_MOST_PAGES):
            if iterator is None:
                break
            page = reader.read(iterator)
            records += [to_lambda_record(record, arn) for record in page.records]
            iterator = page.next_iterator
            if not page.records:
                break
    return records
