"""What was seen at the tip of a stream."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from aggregates.item import Image


class Sighting(NamedTuple):
    """A stream record as it was seen: of which item, and which change of it.

    `created_s` is when the change was made, `read_s` when it was read: seconds since 1970, by
    DynamoDB's clock.
    """

    keys: Image
    shard: str
    stream_ms: int
    sequence: int
    created_s: float
    read_s: float


class Round(NamedTuple):
    """One read of all shards up to the tip.

    `is_complete`: all that was written before the read began was seen, in this round or one before.
    `is_broken`: what was written before this round may not have been seen: the reader had to begin
    behind the newest record. `cursors` are where to resume; `read_s` as in `Sighting`.
    """

    sightings: list[Sighting]
    read_s: float
    is_complete: bool
    is_broken: bool
    cursors: dict[str, str]


def see_record(record: Mapping[str, Any], shard: str, made_ms: int, read_s: float) -> Sighting:
    """Return a record that boto3 has read; `read_s` is when, by DynamoDB's clock."""
    data = record["dynamodb"]
    created = data.get("ApproximateCreationDateTime", read_s)
    created_s = created.timestamp() if isinstance(created, datetime) else float(created)
    return Sighting(data["Keys"], shard, made_ms, int(data["SequenceNumber"]), created_s, read_s)
