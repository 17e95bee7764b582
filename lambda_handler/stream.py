"""Turns the stream records that Lambda passes into changes.

Shapes: https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html and the API reference of
DynamoDB Streams (`Record`, `StreamRecord`).
"""

import logging
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from aggregates.batch import Change
from aggregates.item import Image, KeyMismatch, read_key
from aggregates.rejected import quote

logger = logging.getLogger("tallyboard")

_VIEWS_WITHOUT_NEW_IMAGE = ("KEYS_ONLY", "OLD_IMAGE")
# ASCII digits, at most 40: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/
# API_streams_StreamRecord.html
_SEQUENCE_NUMBER = re.compile(r"[0-9]{1,40}", re.ASCII)
# A larger time is in milliseconds: in seconds it would be in the year 5138.
_MOST_SECONDS = 1e11
# DynamoDB Streams did not exist earlier.
_EARLIEST_SECONDS = 1_388_534_400.0  # 2014-01-01
_NO_IMAGE: Image = {}

Record = Mapping[str, Any]


class EventError(ValueError):
    """An event cannot be read as DynamoDB stream records; nothing of it was counted."""


class Stream(NamedTuple):
    """A table's stream. A stream made later has newer records, whatever their sequence numbers."""

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
            f"eventSourceARN is {arn!r}, which is not a DynamoDB stream; point the event source"
            " mapping at a table's stream"
        ) from None
    if made.tzinfo is None:
        made = made.replace(tzinfo=UTC)
    return Stream(table, int(made.timestamp() * 1000))


def read_records(event: object) -> Sequence[Record]:
    """Return the records of a DynamoDB stream event; raise `EventError` for any other."""
    records = event.get("Records") if isinstance(event, Mapping) else None
    if not isinstance(records, list):
        raise EventError("the event has no list `Records`: it does not come from a DynamoDB stream")
    for record in records:
        source = record.get("eventSource") if isinstance(record, Mapping) else None
        if source != "aws:dynamodb":
            raise EventError(f"a record's eventSource is {source!r}; only aws:dynamodb is counted")
    return records


def read_stream(records: Sequence[Record]) -> Stream:
    """Return the one stream that all records of an event come from. Raises `EventError`."""
    arns = {str(record.get("eventSourceARN", "")) for record in records}
    if len(arns) > 1:
        raise EventError(
            f"the event has records of {len(arns)} streams; Lambda passes records of one stream"
        )
    return parse_stream(arns.pop())


def parse_records(records: Sequence[Record], key: tuple[str, ...]) -> list[Change]:
    """Return the changes in records of one stream; `key` names the table's key attributes.

    A bad record does not affect the others. A record without a readable key or sequence number is
    skipped and logged: retrying it could block its shard for hours, and a reconcile finds its
    change. Any other fault rejects the record's item. Raises `EventError` for a stream without new
    images, and `KeyMismatch` if no record has the key attributes.
    """
    changes: list[Change] = []
    mismatch: KeyMismatch | None = None
    for record in records:
        data = record.get("dynamodb")
        if not isinstance(data, Mapping):
            _pass_over(record, "it has no `dynamodb`")
            continue
        view = data.get("StreamViewType")
        if view in _VIEWS_WITHOUT_NEW_IMAGE:
            raise EventError(
                f"the stream's view type is {view}: without new images nothing can be counted;"
                " enable the stream with NEW_AND_OLD_IMAGES or NEW_IMAGE"
            )
        number = data.get("SequenceNumber")
        if not isinstance(number, str) or not _SEQUENCE_NUMBER.fullmatch(number):
            _pass_over(record, "its sequence number is not 1 to 40 digits")
            continue
        try:
            item_key = read_key(data["Keys"], key)
        except KeyMismatch as error:
            mismatch = error
            _pass_over(record, str(error))
            continue
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            _pass_over(record, f"its key cannot be read ({type(error).__name__})")
            continue
        made = _read_creation(data.get("ApproximateCreationDateTime"))
        changes.append(_read_change(record.get("eventName"), data, item_key, int(number), made))
    if mismatch is not None and not changes:
        raise mismatch
    return changes


def _read_change(
    name: object, data: Mapping[str, Any], key: str, sequence: int, made: float | None
) -> Change:
    clean = key if key.isascii() else key.encode("utf-8", "backslashreplace").decode()
    if name == "REMOVE":
        return Change(clean, sequence, None, made, None, data["Keys"])
    # DynamoDB allows no such key, and Redis cannot be asked for it.
    problem = "" if key == clean else "its key is not valid UTF-8 text"
    problem = problem or _find_problem(name, data.get("NewImage"))
    if problem:
        return Change(clean, sequence, _NO_IMAGE, made, problem, data["Keys"])
    return Change(key, sequence, data["NewImage"], made, None, data["Keys"])


def _find_problem(name: object, image: object) -> str:
    """Return why a written item cannot be read from its record; empty if it can."""
    if name not in ("INSERT", "MODIFY"):
        return "the stream record's eventName is not INSERT, MODIFY or REMOVE"
    if not image:
        return "the stream record has no new image"
    if not isinstance(image, Mapping):
        return "the stream record's new image is not a map of attributes"
    return ""


def _read_creation(value: object) -> float | None:
    """Return when a change was made, in seconds since 1970; None if unknown or impossible.

    A change with an impossible time still counts. A time that is too early must not be used: the
    change would seem to be in the proven totals already.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        seconds = float(value)
    except (ValueError, OverflowError):
        return None
    if seconds > _MOST_SECONDS:
        seconds /= 1000
    return seconds if _EARLIEST_SECONDS <= seconds <= _MOST_SECONDS else None


def _pass_over(record: Record, why: str) -> None:
    logger.error("record %s is skipped: %s", quote(record.get("eventID", "?")), why)
