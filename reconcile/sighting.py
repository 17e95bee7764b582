"""Records that were seen at the tip of a stream."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from aggregates.item import Image


class Sighting(NamedTuple):
    """A stream record that was seen: its item's key attributes, and its place in the stream.

    `created_s` is when the change was made, `read_s` when the record was read: seconds since 1970,
    by DynamoDB's clock.
    """

    keys: Image
    shard: str
    stream_ms: int
    sequence: int
    created_s: float
    read_s: float


class Round(NamedTuple):
    """One read of all shards up to the tip.

    `is_complete`: everything written before the read began was seen, in this round or an earlier
    one. `is_broken`: changes from before this round may not have been seen, because the reader had
    to begin after the newest record. `cursors` say where to resume; `read_s` as in `Sighting`.
    """

    sightings: list[Sighting]
    read_s: float
    is_complete: bool
    is_broken: bool
    cursors: dict[str, str]


def see_record(record: Mapping[str, Any], shard: str, made_ms: int, read_s: float) -> Sighting:
    """Return the sighting of a record from boto3; `read_s` is when it was read."""
    data = record["dynamodb"]
    created = data.get("ApproximateCreationDateTime", read_s)
    created_s = created.timestamp() if isinstance(created, datetime) else float(created)
    return Sighting(data["Keys"], shard, made_ms, int(data["SequenceNumber"]), created_s, read_s)
