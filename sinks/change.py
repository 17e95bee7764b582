"""Turns stream records into the changes that record sinks take."""

import logging
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

from aggregates.rejected import quote
from donations.image_json import Image, decode_binary, encode_image
from lambda_handler.stream import EventError, Record, Stream

logger = logging.getLogger("tallyboard")

# A partition key of DynamoDB has at most 2,048 bytes.
_MOST_KEY_BYTES = 1_500


class Change(NamedTuple):
    """One item before and after a change, in boto3's form; None where there was or is none.

    `item` identifies it as text. `at` orders the changes of an item, also over several streams.
    `number` is the record's sequence number as Lambda knows it. `made_s` is when the change was
    made, in seconds since 1970. `has_old` is whether the stream has old images.
    """

    keys: Image
    item: str
    at: str
    number: str
    made_s: float
    old: Image | None
    new: Image | None
    has_old: bool


def parse_changes(records: Sequence[Record], stream: Stream) -> list[Change]:
    """Return the changes in records of one stream, in their order.

    A record that cannot be read is skipped and logged: it could block its shard for hours, and
    `tallyboard verify` finds its change. Raises `EventError` for a stream without new images.
    """
    changes = []
    for record in records:
        try:
            changes.append(_parse(record, stream))
        except EventError:
            raise
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            name = quote(record.get("eventID", "?"))
            logger.error("record %s is skipped: %s: %s", name, type(error).__name__, error)
    return changes


def make_place(stream: Stream, number: str) -> str:
    """Return where a change is in the order of all: text of a fixed width, which sorts.

    A stream made later has newer records, whatever their sequence numbers.
    """
    if not (number.isascii() and number.isdecimal() and len(number) <= 40):
        raise ValueError("its sequence number is not 1 to 40 digits")
    return f"{stream.made_ms:014}-{number:>040}"


def name_item(keys: Image) -> str:
    """Return the text that identifies an item: its typed key as JSON, or a hash of a long one."""
    text = encode_image(keys)
    if len(text.encode()) <= _MOST_KEY_BYTES:
        return text
    return f"sha256 {sha256(text.encode()).hexdigest()}"


def _parse(record: Record, stream: Stream) -> Change:
    data: Mapping[str, Any] = record["dynamodb"]
    view = data.get("StreamViewType", "NEW_AND_OLD_IMAGES")
    if view not in ("NEW_AND_OLD_IMAGES", "NEW_IMAGE"):
        raise EventError(
            f"the stream's view type is {view}: sinks need new images; enable the stream with"
            " NEW_AND_OLD_IMAGES"
        )
    name = record.get("eventName")
    if name not in ("INSERT", "MODIFY", "REMOVE"):
        raise ValueError("its eventName is not INSERT, MODIFY or REMOVE")
    keys = decode_binary(data["Keys"])
    return Change(
        keys=keys,
        item=name_item(keys),
        at=make_place(stream, data["SequenceNumber"]),
        number=data["SequenceNumber"],
        made_s=float(data["ApproximateCreationDateTime"]),
        old=decode_binary(data["OldImage"]) if "OldImage" in data else None,
        new=None if name == "REMOVE" else decode_binary(data["NewImage"]),
        has_old=view == "NEW_AND_OLD_IMAGES",
    )
