"""Writes many items fast: several batches of 25 at a time.

A batch has no conditions and overwrites existing items. Writing an item again changes nothing, so
after an interruption the whole file can be written again.
"""

import queue
import threading
from collections.abc import Sequence
from typing import Any

from donations.errors import DonationError
from donations.item import Item

# The most that BatchWriteItem accepts.
BATCH_ITEMS = 25
_WRITERS = 4
_QUEUED_BATCHES = 16
_MAX_ATTEMPTS = 10
_FIRST_BACKOFF_SECONDS = 0.05


class ItemWriter:
    """Writes batches of different items to one table; `written` counts items.

    Batches overtake each other: an item must not be in two of them.
    """

    def __init__(self, client: Any, table: str, stop: threading.Event) -> None:
        self._client = client
        self._table = table
        self._stop = stop
        self._batches: queue.Queue[Sequence[Item] | None] = queue.Queue(_QUEUED_BATCHES)
        self._lock = threading.Lock()
        self._error: Exception | None = None
        self.written = 0
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(_WRITERS)]
        for thread in self._threads:
            thread.start()

    def put(self, items: Sequence[Item]) -> None:
        """Queue at most `BATCH_ITEMS` items; block while the queue is full."""
        self._batches.put(items)
        self._raise_error()

    def close(self) -> None:
        """Wait until everything is written; raise the first error."""
        for _ in self._threads:
            self._batches.put(None)
        for thread in self._threads:
            thread.join()
        self._raise_error()

    def _raise_error(self) -> None:
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        while (items := self._batches.get()) is not None:
            # After an error, drain the queue so that `put` does not block forever.
            if self._error is not None or self._stop.is_set():
                continue
            try:
                self._write(items)
            except Exception as error:
                self._error = error

    def _write(self, items: Sequence[Item]) -> None:
        requests: Any = {self._table: [{"PutRequest": {"Item": item}} for item in items]}
        for attempt in range(_MAX_ATTEMPTS):
            reply = self._client.batch_write_item(RequestItems=requests)
            left = len(reply.get("UnprocessedItems", {}).get(self._table, ()))
            with self._lock:
                self.written += len(requests[self._table]) - left
            if not left:
                return
            requests = reply["UnprocessedItems"]
            if self._stop.wait(_FIRST_BACKOFF_SECONDS * 2**attempt):
                return
        raise DonationError(
            f"the table {self._table} did not accept {left} items after {_MAX_ATTEMPTS} attempts;"
            " replay the file again: what was written already counts once"
        )
