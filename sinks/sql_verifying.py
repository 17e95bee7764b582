"""Compares the rows of a SQL sink with its table; changes nothing."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from aggregates.item import read_key
from donations.image_json import Image
from sinks.kinds.sql import Sql
from sinks.sql_service import SqlFeed
from sinks.verifying import Verified

_SHOWN, _KEPT = 10, 1_000
# A difference may be a change that is on its way.
_LOOKS, _WAIT_SECONDS = 5, 1.0


def verify_sql(
    sql: Sql, dynamodb: Any, feed: SqlFeed, sleep: Callable[[float], None] = time.sleep
) -> Verified:
    """Compare all rows; look again at what differs, since the stream may be on its way.

    Raises boto3's errors and `SqlServiceError`.
    """
    board = sql.board
    different: dict[str, str] = {}
    for look in range(_LOOKS):
        if look:
            sleep(_WAIT_SECONDS)
        before, different = different, {}
        seen: set[str] = set()
        for images in _scan(dynamodb, sql.source.table):
            seen.update(read_key(image, board.key) for image in images)
            for key in feed.ask(board.name, "compare", images=images)["different"]:
                different[key] = f"{key}: is missing from the rows, or differs"
        for key in _list_keys(feed, board.name):
            if key not in seen:
                different[key] = f"{key}: is gone from the table, and still in the rows"
        # What differs twice in another way is one that changes all the time.
        if look:
            different = {key: text for key, text in different.items() if key in before}
        if not different:
            break
    listed = list(different.values())[:_KEPT]
    return Verified(len(seen), len(different), listed[:_SHOWN])


def _scan(dynamodb: Any, table: str) -> Iterator[Sequence[Image]]:
    pages = dynamodb.get_paginator("scan").paginate(
        TableName=table, ConsistentRead=True, PaginationConfig={"PageSize": 500}
    )
    for page in pages:
        yield page["Items"]


def _list_keys(feed: SqlFeed, board: str) -> Iterator[str]:
    after = ""
    while keys := feed.ask(board, "list_keys", after=after)["keys"]:
        yield from keys
        after = keys[-1]
