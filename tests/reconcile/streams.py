"""A table's stream written by a test: shards close, iterators expire, records are trimmed."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from reconcile.stream import OLDEST, IteratorExpired, RecordsTrimmed, Shard, StreamPage
from reconcile.tip import Tip
from tests.stream_events import donation, record

ARN = "arn:aws:dynamodb:eu-west-1:1:table/donations/stream/2026-11-21T18:00:00.000"
LATER_ARN = "arn:aws:dynamodb:eu-west-1:1:table/donations/stream/2026-11-22T18:00:00.000"


class StreamTable:
    """Replaces DynamoDB with a table and its stream; `now_s` is its clock."""

    def __init__(self, arn: str = ARN) -> None:
        self.arn, self.is_enabled = arn, True
        self.now_s = 1_795_287_851.0
        self.parents: dict[str, str | None] = {"s1": None}
        self.records: dict[str, list[dict[str, Any]]] = {"s1": []}
        self.closed: set[str] = set()
        self.reads = self.listings = 0
        # Errors that the next reads raise, and the number of empty pages before those with records.
        self.errors: list[Exception] = []
        self.gaps = 0
        self._sequence = 10**20

    def write(self, key: str, shard: str = "s1", *, removed: bool = False) -> dict[str, Any]:
        """Change an item; return its record in Lambda's form."""
        self._sequence += 1
        image = None if removed else donation(key)
        told = record(self._sequence, image, key=key, arn=self.arn, created=int(self.now_s))
        self.records[shard].append(told)
        return told

    def split(self, shard: str, *children: str) -> None:
        """Close a shard; its children get the following records."""
        self.closed.add(shard)
        for child in children:
            self.parents[child], self.records[child] = shard, []

    def enable_again(self) -> None:
        """Disable the stream and enable it again, which makes a new stream."""
        self.arn = LATER_ARN
        self.parents, self.records, self.closed = {"t1": None}, {"t1": []}, set()

    def describe_table(self, **_: Any) -> dict[str, Any]:
        return {
            "Table": {
                "LatestStreamArn": self.arn,
                "StreamSpecification": {"StreamEnabled": self.is_enabled},
            }
        }

    # The interface of a `StreamReader`.

    def list_shards(self) -> list[Shard]:
        self.listings += 1
        return [Shard(name, parent, name in self.closed) for name, parent in self.parents.items()]

    def get_iterator(self, shard_id: str, after: str | None, start: str = OLDEST) -> str:
        numbers = [told["dynamodb"]["SequenceNumber"] for told in self.records[shard_id]]
        if after is not None:
            return f"{shard_id}/{numbers.index(after) + 1}"
        return f"{shard_id}/{0 if start == OLDEST else len(numbers)}"

    def read(self, iterator: str) -> StreamPage:
        self.reads += 1
        if self.errors:
            raise self.errors.pop(0)
        shard, _, place = iterator.partition("/")
        if shard not in self.records:
            raise RecordsTrimmed
        at = int(place)
        if self.gaps:
            self.gaps -= 1
            return StreamPage([], iterator, self.now_s)
        found = self.records[shard][at : at + 10]
        is_end = shard in self.closed and at + len(found) == len(self.records[shard])
        page = [as_boto3(told) for told in found]
        return StreamPage(page, None if is_end else f"{shard}/{at + len(found)}", self.now_s)


def as_boto3(told: dict[str, Any]) -> dict[str, Any]:
    """Return a record in boto3's form, with its time as a `datetime`."""
    data = told["dynamodb"]
    made = datetime.fromtimestamp(data["ApproximateCreationDateTime"], UTC)
    return told | {"dynamodb": data | {"ApproximateCreationDateTime": made}}


def follow(table: StreamTable, clock: Callable[[], float], **options: Any) -> Tip:
    """Return a follower of a table's stream."""
    cursors = options.pop("cursors", {})
    return Tip(
        "donations", table, None, cursors, clock=clock, make_reader=lambda _, __: table, **options
    )


EXPIRED = IteratorExpired()
