"""The board's table, read page by page in parallel segments."""

import json
import threading
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from aggregates.board import Board
from reconcile.capacity import ReadCapacity, read_units
from reconcile.errors import DataLostError

# Items of a page, and so of a script call, which holds Redis up for some 10 ms.
PAGE_ITEMS = 1000
# A cursor that is at its segment's end.
END = "end"


class Page(NamedTuple):
    """Items of one segment between two cursors, with the board's version before they were read."""

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
) -> Iterator[Page]:
    """Yield a segment's pages from a cursor on (empty: its start), with strongly consistent reads.

    `segment` is its number, and how many there are. `read_version` is called before each read.
    Raises `DataLostError` when `stop` is set: another thread has found a reason to.
    """
    number, total = segment
    while cursor != END:
        place = {"ExclusiveStartKey": json.loads(cursor)} if cursor else {}
        version = read_version()
        page = dynamodb.scan(
            TableName=board.table,
            Segment=number,
            TotalSegments=total,
            Limit=PAGE_ITEMS,
            ConsistentRead=True,
            ReturnConsumedCapacity="TOTAL",
            **place,
        )
        last = page.get("LastEvaluatedKey")
        start, cursor = cursor, json.dumps(last) if last else END
        yield Page(page["Items"], version, start, cursor)
        if stop.wait(capacity.take(read_units(page))):
            raise DataLostError


def count_items(board: Board, dynamodb: Any) -> int:
    """Return about how many items the table has: DynamoDB counts them every six hours."""
    return int(dynamodb.describe_table(TableName=board.table)["Table"]["ItemCount"])
