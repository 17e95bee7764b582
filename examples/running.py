"""Runs an example on this machine: Tallyboard and the published way get the same deliveries."""

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from examples.counted_board import CountedBoard
from examples.deliveries import make_deliveries
from examples.fed_sinks import FedSinks
from examples.place import Example, Place, Way
from local.lambda_event import LambdaRecord, to_event, to_lambda_record
from reconcile.stream import TableStream

FOLDER = Path(__file__).parent
_MOST_PAGES = 1_000


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


def run_example(name: str, place: Place, say: Callable[[str], None] = lambda _: None) -> Shown:
    """Run an example in tables of its own names; return what came of it."""
    example: Example = importlib.import_module(f"examples.{name}.example").Example(place)
    folder = FOLDER / name
    is_board = (folder / "sinks").is_dir()
    way: Way = (CountedBoard if is_board else FedSinks)(folder, place, say)
    example.create()
    try:
        way.begin()
        say("Writing …")
        example.change()
        records = _read_stream(way.table, place)
        deliveries = make_deliveries(records)
        say(f"Delivering {len(records):,} records to both ways …")
        for delivery in deliveries:
            event = to_event(delivery.records)
            way.take(event)
            example.take_as_published(event)
        way.finish()
        ways = example.judge()
    finally:
        way.end()
    again, late = (
        sum(map(bool, flags)) for flags in zip(*(d[1:] for d in deliveries), strict=True)
    )
    return Shown(len(records), len(deliveries), again, late, ways)


def _read_stream(table: str, place: Place) -> list[LambdaRecord]:
    arn = place.dynamodb.describe_table(TableName=table)["Table"]["LatestStreamArn"]
    reader = TableStream(place.streams, arn)
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
