"""Stream record to change, as Lambda passes DynamoDB Streams events.

Shapes: https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html and the API reference of
DynamoDB Streams (`Record`, `StreamRecord`).
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from aggregates.batch import MAX_SEQUENCE, Change
from aggregates.item import Image, KeyMismatch, read_key

_VIEWS_WITH_NEW_IMAGE = ("NEW_IMAGE", "NEW_AND_OLD_IMAGES")
# Stands for the image that a record should have and has not: the item is rejected, not removed.
_NO_IMAGE: Image = {}

Record = Mapping[str, Any]


class EventError(ValueError):
    """An event that cannot be read as DynamoDB stream records; nothing of it was counted."""


class Stream(NamedTuple):
    """A table's stream. One that was made later has newer records, whatever their numbers."""

    table: str
    made_ms: int


@lru_cache(maxsize=16)
def parse_stream(arn: str) -> Stream:
    """Return the stream of an ARN such as `arn:aws:dynamodb:eu-west-1:123:table/T/stream/LABEL`.

    The label is the time at which the stream was made. Raises `EventError`.
    """
    _, _, resource = arn.partition(":table/")
    table, _, label = resource.partition("/stream/")
    try:
        made = datetime.fromisoformat(label)
    except ValueError:
        raise EventError(
            f"eventSourceARN is {arn!r}, which is no DynamoDB stream; point the event source"
            " mapping at a table's stream"
        ) from None
    if made.tzinfo is None:
        made = made.replace(tzinfo=UTC)
    return Stream(table, int(made.timestamp() * 1000))


def read_records(event: object) -> Sequence[Record]:
    """Return the records of a DynamoDB stream event; raise `EventError` for any other."""
    records = event.get("Records") if isinstance(event, Mapping) else None
    if not isinstance(records, list):
        raise EventError("the event has no list `Records`: it is not one of a DynamoDB stream")
    for record in records:
        source = record.get("eventSource") if isinstance(record, Mapping) else None
        if source != "aws:dynamodb":
            raise EventError(f"a record's eventSource is {source!r}; only aws:dynamodb is counted")
    return records


def parse_records(records: Sequence[Record], key: tuple[str, ...]) -> list[Change]:
    """Return the changes that records of one stream tell; `key` names the table's key attributes.

    Raises `EventError` for a stream without new images, other key attributes, or a record that
    lacks its number or name.
    """
    changes = []
    for record in records:
        try:
            data = record["dynamodb"]
            view = data["StreamViewType"]
            if view not in _VIEWS_WITH_NEW_IMAGE:
                raise EventError(
                    f"the stream's view type is {view}: without new images nothing can be counted;"
                    " enable the stream with NEW_AND_OLD_IMAGES or NEW_IMAGE"
                )
            sequence = int(data["SequenceNumber"])
            name = record["eventName"]
            created = data.get("ApproximateCreationDateTime")
            made = None if created is None else float(created)
            item_key = read_key(data["Keys"], key)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            if isinstance(error, EventError | KeyMismatch):
                raise
            raise EventError(
                f"record {record.get('eventID', '?')} lacks what every stream record has: {error!r}"
            ) from error
        if not 0 <= sequence <= MAX_SEQUENCE:
            raise EventError(f"the sequence number {sequence} has more than 40 digits")
        if name == "REMOVE":
            changes.append(Change(item_key, sequence, None, made))
        elif name in ("INSERT", "MODIFY"):
            changes.append(Change(item_key, sequence, data.get("NewImage") or _NO_IMAGE, made))
        else:
            raise EventError(f"a record's eventName is {name!r}: INSERT, MODIFY or REMOVE is known")
    return changes
