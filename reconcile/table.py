"""The board's table, read page by page in parallel segments."""

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

# Items of a page, and so of a script call, which holds Redis up for some 10 ms.
PAGE_ITEMS = 1000
# A cursor that is at its segment's end.
END = "end"


class TablePage(NamedTuple):
    """Items of one segment between two cursors, with the board's version before they were read.

    There are at most `PAGE_ITEMS` of them.
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

    `segment` is its number, and how many there are. `read_version` is called before each read, of
    at most `read_items` items. Raises `DataLostError` when `stop` is set: another thread has found
    a reason to.
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
            # A scan can go on behind any item.
            end = encode_cursor({name: items[first - 1][name] for name in board.key})
            yield TablePage(items[first - PAGE_ITEMS : first], version, start, end)
            start = end
        rest = max(len(items) - 1, 0) // PAGE_ITEMS * PAGE_ITEMS
        yield TablePage(items[rest:], version, start, cursor)
        if stop.wait(capacity.take(read_units(page))):
            raise DataLostError("the run was lost, or another part of it failed")


def encode_cursor(key: dict[str, dict[str, Any]]) -> str:
    """Return a key of boto3's as text; bytes in it as base64, as DynamoDB itself has them."""
    return json.dumps(
        {
            name: {t: b64encode(v).decode() if isinstance(v, bytes) else v for t, v in of.items()}
            for name, of in key.items()
        }
    )


def decode_cursor(cursor: str) -> dict[str, dict[str, Any]]:
    """Return the key again."""
    return {
        name: {t: b64decode(v) if t == "B" else v for t, v in of.items()}
        for name, of in json.loads(cursor).items()
    }


class Moment(NamedTuple):
    """When a table begins to be read, in seconds since 1970 by DynamoDB, which says when stream
    records were made; and when the table's stream was made, in ms (0 where it has none).
    """

    at_s: float
    stream_ms: int


def read_moment(board: Board, dynamodb: Any) -> Moment:
    """Return the moment; its time is this machine's where DynamoDB does not tell its own."""
    reply = dynamodb.describe_table(TableName=board.table)
    date = reply.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    at_s = parsedate_to_datetime(date).timestamp() if date else time.time()
    arn = reply.get("Table", {}).get("LatestStreamArn")
    return Moment(at_s, find_made_ms(arn) if arn else 0)


def count_items(board: Board, dynamodb: Any) -> int:
    """Return about how many items the table has: DynamoDB counts them every six hours."""
    return int(dynamodb.describe_table(TableName=board.table)["Table"]["ItemCount"])
