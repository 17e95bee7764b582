"""All gifts of a table in memory, read again when they are old: what the crew searches."""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from aggregates.item import read_key

Image = dict[str, Any]

# Gifts that came by other ways are found within this.
REFRESH_SECONDS = 5.0


class Index:
    """The items of a table, by key. `dynamodb` is a boto3 client; threads may share one."""

    def __init__(
        self,
        dynamodb: Any,
        table: str,
        key: Sequence[str],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._dynamodb, self._table, self._key = dynamodb, table, tuple(key)
        self._clock = clock
        self._lock = threading.Lock()
        self._items: dict[str, Image] = {}
        self._read_at: float | None = None
        # A read takes as long again before the next: a large table is not read all the time.
        self._took_seconds = 0.0

    def items(self) -> dict[str, Image]:
        """Return the items, at most a few seconds old; not to be changed."""
        with self._lock:
            now = self._clock()
            wait = max(REFRESH_SECONDS, 4 * self._took_seconds)
            if self._read_at is None or now - self._read_at >= wait:
                pages = self._dynamodb.get_paginator("scan").paginate(
                    TableName=self._table, ConsistentRead=True
                )
                self._items = {
                    read_key(item, self._key): item for page in pages for item in page["Items"]
                }
                self._read_at = self._clock()
                self._took_seconds = self._read_at - now
            return self._items

    def note(self, key: str, item: Image | None) -> None:
        """Take over what was just written here; None: it was removed."""
        with self._lock:
            items = dict(self._items)  # another thread may be going through the old ones
            if item is None:
                items.pop(key, None)
            else:
                items[key] = item
            self._items = items
