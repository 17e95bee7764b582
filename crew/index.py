"""All gifts of a table in memory, for searching and for the figures on the crew's pages."""

import heapq
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from crew.gifts import Gifts, Image, Row

# In a small table, gifts that were written by others are found within this time.
REFRESH_SECONDS = 5.0
# Pause after a read for at least this many times its duration.
_LEAST_PAUSES = 20
# A page waits this long for a read that it has started; then it shows the previous rows.
_PATIENCE_SECONDS = 0.5


# Yields all items of the named table.
ReadItems = Callable[[str], Iterable[Image]]


def table_reader(dynamodb: Any) -> ReadItems:
    """Return a function that scans a DynamoDB table; `dynamodb` is a boto3 client."""

    def read_items(table: str) -> Iterator[Image]:
        paginator = dynamodb.get_paginator("scan")
        for page in paginator.paginate(TableName=table, ConsistentRead=True):
            yield from page["Items"]

    return read_items


@dataclass
class _Refresh:
    """A read of the table; `noted` holds what was written here during the read."""

    noted: dict[str, Row | None]
    ended: threading.Event
    error: Exception | None = None


class Index:
    """The gifts of a table by key. `read_items` yields all items of a table, page by page.

    The figures for buttons (usual amounts, frequent groups, the largest gift) are updated with each
    gift, so that no page loops over all gifts.
    """

    def __init__(
        self,
        read_items: ReadItems,
        gifts: Gifts,
        refresh_seconds: float = REFRESH_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._read_items, self._gifts = read_items, gifts
        self._refresh_seconds, self._clock = refresh_seconds, clock
        self._lock = threading.Lock()
        self._rows: dict[str, Row] = {}
        self._listed: list[Row] | None = None
        self._groups: Counter[str] = Counter()
        self._amounts: Counter[int] = Counter()
        self._refresh: _Refresh | None = None
        self._read_at: float | None = None
        self._took_seconds = 0.0

    def rows(self) -> list[Row]:
        """Return all gifts, at most a few seconds old; do not change the list."""
        self._await_fresh()
        with self._lock:
            if self._listed is None:
                self._listed = list(self._rows.values())
            return self._listed

    def read_now(self) -> list[Row]:
        """Start a new read of the table, wait for it and return all gifts; raise its error."""
        with self._lock:
            running = self._refresh
        if running is not None:
            running.ended.wait()
        with self._lock:
            refresh = self._start_refresh()
        refresh.ended.wait()
        if refresh.error is not None:
            raise refresh.error
        return self.rows()

    def count_groups(self) -> dict[str, int]:
        """Return the number of gifts by group."""
        with self._lock:
            return dict(self._groups)

    def find(self, key: str) -> Row | None:
        """Return a gift by its key; None if it does not exist or was not read yet."""
        with self._lock:
            return self._rows.get(key)

    def find_latest(self, count: int, words: Iterable[str] = ()) -> tuple[list[Row], int]:
        """Return the newest gifts that contain all words, and how many there are in total."""
        found, wanted = self.rows(), list(words)
        if wanted:
            found = [row for row in found if all(word in row.search for word in wanted)]
        return heapq.nlargest(count, found, key=lambda row: row.order), len(found)

    def list_groups(self, count: int) -> list[str]:
        """Return the most frequent groups."""
        self._await_fresh()
        with self._lock:
            return [name for name, _ in self._groups.most_common(count)]

    def list_amounts(self, count: int) -> list[int]:
        """Return the most frequent amounts that were given at least twice, in minor units."""
        self._await_fresh()
        with self._lock:
            return [minor for minor, times in self._amounts.most_common(count) if times > 1]

    def find_largest(self) -> int:
        """Return the largest amount of a gift in minor units; 0 if there is no gift."""
        with self._lock:
            return max(self._amounts, default=0)

    def note(self, key: str, item: Image | None) -> None:
        """Update a gift that was just written; None: it was removed."""
        row = None if item is None else self._gifts.read(item)
        with self._lock:
            if self._refresh is not None:
                self._refresh.noted[key] = row
            self._set(key, row)

    def _await_fresh(self) -> None:
        """Start a read of the table if one is due, and wait for it briefly.

        Wait for the first read to end: without it there is nothing to show. Raises its error.
        """
        with self._lock:
            pause = max(self._refresh_seconds, _LEAST_PAUSES * self._took_seconds)
            is_first = self._read_at is None
            if not is_first and self._clock() - (self._read_at or 0.0) < pause:
                return
            refresh = self._start_refresh()
        refresh.ended.wait(None if is_first else _PATIENCE_SECONDS)
        if is_first and refresh.error is not None:
            raise refresh.error

    def _start_refresh(self) -> _Refresh:
        """Return the running read, or start one. The caller holds the lock."""
        if self._refresh is None:
            self._refresh = _Refresh({}, threading.Event())
            threading.Thread(target=self._read_table, args=(self._refresh,), daemon=True).start()
        return self._refresh

    def _read_table(self, refresh: _Refresh) -> None:
        began = self._clock()
        try:
            items = self._read_items(self._gifts.board.table)
            found = {row.key: row for row in filter(None, map(self._read_item, items))}
            with self._lock:
                for key in self._rows.keys() - found.keys() - refresh.noted.keys():
                    self._set(key, None)
                for key, row in found.items():
                    if key not in refresh.noted:
                        self._set(key, row)
        except Exception as error:  # raised to those who wait; the next page tries again
            refresh.error = error
        finally:
            with self._lock:
                self._refresh = None
                if refresh.error is None or self._read_at is not None:
                    self._read_at = self._clock()
                self._took_seconds = self._clock() - began
            refresh.ended.set()

    def _read_item(self, item: Image) -> Row | None:
        """Return an item's row; reuse the existing one if the item is unchanged."""
        try:
            key = self._gifts.read_key(item)
        except ValueError:
            return None
        old = self._rows.get(key)
        return old if old is not None and old.item == item else self._gifts.read(item)

    def _set(self, key: str, row: Row | None) -> None:
        old = self._rows.get(key)
        if old is row:
            return
        self._listed = None
        if old is not None:
            self._add_up(old, -1)
        if row is None:
            self._rows.pop(key, None)
        else:
            self._rows[key] = row
            self._add_up(row, 1)

    def _add_up(self, row: Row, times: int) -> None:
        counted = row.contribution
        if counted is None:
            return
        self._groups[counted.group] += times
        if not self._groups[counted.group]:
            del self._groups[counted.group]
        if counted.values and counted.values[0] > 0:
            self._amounts[counted.values[0]] += times
            if not self._amounts[counted.values[0]]:
                del self._amounts[counted.values[0]]
