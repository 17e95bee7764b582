"""Reads a board's table page by page, in parallel segments."""

import json
import threading
import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

from aggregates.board import Board
from reconcile.capacity import ReadCapacity, read_units
from reconcile.errors import DataLostError
from reconcile.stream import find_made_ms

# Items per page, and so per script call, which blocks Redis for about 10 ms.
PAGE_ITEMS = 1000
# The cursor at the end of a segment.
END = "end"


class TablePage(NamedTuple):
    """At most `PAGE_ITEMS` items of a segment, between the cursors `start` and `end`.

    `version` is the board's version before they were read.
    """

    items: list[dict[str, Any]]
    version: int
    start: str
    end: str


def read_segment(
    board: Board,
    dynamodb: Any,
    segment: tuple[int, int],
    cursor: str,
    *,
    read_version: Callable[[], int],
    capacity: ReadCapacity,
    stop: threading.Event,
    read_items: int = PAGE_ITEMS,
) -> Iterator[TablePage]:
    """Yield a segment's pages from a cursor on (empty: its start), with strongly consistent reads.

    `segment` is its number and the number of segments. `read_version` is called before each read of
    at most `read_items` items. Raises `DataLostError` when another thread sets `stop`.
    """
    number, total = segment
    while cursor != END:
        place = {"ExclusiveStartKey": decode_cursor(cursor)} if cursor else {}
        version = read_version()
        page = dynamodb.scan(
            TableName=board.table,
            Segment=number,
            TotalSegments=total,
            Limit=read_items,
            ConsistentRead=True,
            ReturnConsumedCapacity="TOTAL",
            **place,
        )
        last = page.get("LastEvaluatedKey")
        start, cursor = cursor, encode_cursor(last) if last else END
        items = page["Items"]
        for first in range(PAGE_ITEMS, len(items), PAGE_ITEMS):
            # A scan can resume after any item.
            end = encode_cursor({name: items[first - 1][name] for name in board.key})
            yield TablePage(items[first - PAGE_ITEMS : first], version, start, end)
            start = end
        rest = max(len(items) - 1, 0) // PAGE_ITEMS * PAGE_ITEMS
        yield TablePage(items[rest:], version, start, cursor)
        if stop.wait(capacity.take(read_units(page))):
            raise DataLostError("another process took the run over, or another part of it failed")


def encode_cursor(key: dict[str, dict[str, Any]]) -> str:
    """Return a key from boto3 as JSON text, with bytes as base64, as in DynamoDB's own JSON."""
    return json.dumps(
        {
            name: {t: b64encode(v).decode() if isinstance(v, bytes) else v for t, v in of.items()}
            for name, of in key.items()
        }
    )


def decode_cursor(cursor: str) -> dict[str, dict[str, Any]]:
    """Return the key that `encode_cursor` encoded."""
    return {
        name: {t: b64decode(v) if t == "B" else v for t, v in of.items()}
        for name, of in json.loads(cursor).items()
    }


class Moment(NamedTuple):
    """When reading a table begins: `at_s`, in seconds since 1970 by DynamoDB's clock.

    The same clock dates stream records. `stream_ms` is when the table's stream was made, in ms; 0
    without a stream.
    """

    at_s: float
    stream_ms: int


def read_moment(board: Board, dynamodb: Any) -> Moment:
    """Return the current moment; by this machine's clock if DynamoDB does not tell its time."""
    reply = dynamodb.describe_table(TableName=board.table)
    date = reply.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    at_s = parsedate_to_datetime(date).timestamp() if date else time.time()
    arn = reply.get("Table", {}).get("LatestStreamArn")
    return Moment(at_s, find_made_ms(arn) if arn else 0)


def count_items(board: Board, dynamodb: Any) -> int:
    """Return roughly how many items the table has: DynamoDB counts them every six hours."""
    return int(dynamodb.describe_table(TableName=board.table)["Table"]["ItemCount"])
