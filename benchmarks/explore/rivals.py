"""What a user would do instead: SQLite in one's own process, and a scan of the table."""

import json
import sqlite3
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from donations.image_json import Image
from sinks.plain_item import write_item

_TABLE = """
create table donations(
  key text primary key, platform text, amount integer, donatedAt text, item text, made real
) without rowid;
create index by_platform on donations(platform, amount);
create index by_time on donations(donatedAt, platform, amount);
"""
_PUT = (
    "insert into donations values (?, ?, ?, ?, ?, ?) on conflict (key) do update set"
    " platform = excluded.platform, amount = excluded.amount, donatedAt = excluded.donatedAt,"
    " item = excluded.item, made = excluded.made where excluded.made > donations.made"
)


def connect(path: Path) -> sqlite3.Connection:
    """Return a connection for one thread; a writer does not block readers."""
    found = sqlite3.connect(path, isolation_level=None, timeout=30, check_same_thread=False)
    found.execute("pragma journal_mode = wal")
    found.execute("pragma synchronous = normal")
    found.execute("pragma cache_size = -512000")
    return found


def create(path: Path) -> sqlite3.Connection:
    """Make the table, with indexes that cover the first question."""
    writer = connect(path)
    writer.executescript(_TABLE)
    return writer


def put(writer: sqlite3.Connection, images: Iterable[Image], made: float = 0.0) -> None:
    """Write items in one transaction; an older one does not replace a newer one."""
    rows = [
        (
            image["donationId"]["S"],
            image["platform"]["S"],
            int(Decimal(image["amount"]["N"]) * 100),
            image["donatedAt"]["S"][:23],
            write_item(image, frozenset()),
            made,
        )
        for image in images
    ]
    writer.execute("begin immediate")
    writer.executemany(_PUT, rows)
    writer.execute("commit")


def scan(dynamodb: Any, table: str) -> tuple[float, dict[tuple[str, str], Decimal]]:
    """Return the seconds, and the sums by hour and platform, of a scan of the whole table."""
    began = time.monotonic()
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for page in dynamodb.get_paginator("scan").paginate(TableName=table):
        for item in page["Items"]:
            hour = item["donatedAt"]["S"][:13]
            sums[hour, item["platform"]["S"]] += Decimal(item["amount"]["N"])
    return time.monotonic() - began, sums


def load(dynamodb: Any, table: str, pages: Iterable[Sequence[Mapping[str, Any]]]) -> None:
    """Put items into a table of the local DynamoDB."""
    for page in pages:
        for first in range(0, len(page), 25):
            puts = [{"PutRequest": {"Item": image}} for image in page[first : first + 25]]
            left = dynamodb.batch_write_item(RequestItems={table: puts})["UnprocessedItems"]
            if left:
                raise RuntimeError(f"the local DynamoDB left out {json.dumps(left)[:200]}")
