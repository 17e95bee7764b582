"""Follows the tables' streams into the event's file, so that every write is kept shortly after."""

import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from aggregates.item import read_key
from local.keep.store import Kept, StoreError
from reconcile.stream import (
    IteratorExpired,
    RecordsTrimmed,
    StreamReader,
    StreamRecord,
)

# The pause between reads of a stream; a write is kept within about twice this. The changes of that
# time are one write to the disk: one write for each would hold up everybody else.
POLL_SECONDS = 0.1
# A read that brought so much has left something.
_FULL_PAGE = 1000
_ERROR_SECONDS = 1.0


class Hole(StoreError):
    """The stream dropped records before they were kept: read the tables again."""


class Sink(Protocol):
    """A receiver of changes: a `Store`, or the crew's pages."""

    def keep(self, changes: Iterable[Kept], *, drained_ns: int | None = None) -> None: ...

    def has_pending(self) -> bool: ...


class Keeper:
    """Follows the streams of some tables from their beginning into a store.

    `readers` and `keys` (the key attributes) are by table. `trouble` is why nothing can be kept
    now, empty while there is no problem.
    """

    def __init__(
        self, store: Sink, readers: Mapping[str, StreamReader], keys: Mapping[str, Sequence[str]]
    ) -> None:
        self._store = store
        self._followers = [
            _Follower(table, tuple(keys[table]), reader) for table, reader in readers.items()
        ]
        self.trouble = ""

    def run(self, stop: threading.Event) -> None:
        """Keep changes until `stop` is set, including those that came before it."""
        ended = looks_again = False
        while not ended or looks_again:
            ended = stop.is_set()
            try:
                found = self.step()
            except (StoreError, BotoCoreError, ClientError) as error:
                if isinstance(error, Hole):
                    raise
                self.trouble, looks_again = str(error), False
                stop.wait(_ERROR_SECONDS)
                continue
            self.trouble = ""
            # Once more at once: a read that brings nothing says that nothing is pending any more.
            looks_again = found >= _FULL_PAGE or bool(found and not looks_again)
            if not looks_again:
                stop.wait(POLL_SECONDS)

    def step(self) -> int:
        """Read each stream once and keep its changes; return their number."""
        began_ns = time.time_ns()
        changes = [change for follower in self._followers for change in follower.read()]
        drained = all(follower.is_drained for follower in self._followers)
        if changes or (drained and self._store.has_pending()):
            self._store.keep(changes, drained_ns=began_ns if drained else None)
        for follower in self._followers:
            follower.advance()
        return len(changes)


@dataclass(frozen=True)
class _Cursor:
    """How far a shard was read. Without an iterator, get one after the record `last`."""

    iterator: str | None = None
    last: str | None = None
    is_closed: bool = False


class _Follower:
    """Reads one table's stream shard by shard; `advance` confirms a read."""

    def __init__(self, table: str, key: tuple[str, ...], reader: StreamReader) -> None:
        self._table, self._key, self._reader = table, key, reader
        self._cursors: dict[str, _Cursor] = {}
        self._read_to: dict[str, _Cursor] = {}
        self.is_drained = False

    def read(self) -> list[Kept]:
        """Return the changes since the last confirmed read."""
        if all(cursor.is_closed for cursor in self._cursors.values()):
            self._list_shards()
        self._read_to = {}
        self.is_drained = True
        changes: list[Kept] = []
        for shard, cursor in self._cursors.items():
            if not cursor.is_closed:
                found, self._read_to[shard] = self._read_shard(shard, cursor)
                changes += found
        return changes

    def advance(self) -> None:
        """Confirm that the changes of the last read are kept."""
        self._cursors |= self._read_to

    def _read_shard(self, shard: str, cursor: _Cursor) -> tuple[list[Kept], _Cursor]:
        try:
            iterator = cursor.iterator or self._reader.get_iterator(shard, cursor.last)
            page = self._reader.read(iterator)
        except IteratorExpired:
            self.is_drained = False
            return [], replace(cursor, iterator=None)
        except RecordsTrimmed as error:
            raise Hole(
                f"the stream of {self._table} dropped records before they were kept"
            ) from error
        is_closed = page.next_iterator is None
        if page.records or is_closed:
            self.is_drained = False
        last = cursor.last
        if page.records:
            last = page.records[-1]["dynamodb"]["SequenceNumber"]
        changes = [_to_kept(self._table, self._key, record) for record in page.records]
        return changes, _Cursor(page.next_iterator, last, is_closed)

    def _list_shards(self) -> None:
        """Add shards whose parent was read to its end or is no longer listed."""
        for shard in self._reader.list_shards():
            parent = self._cursors.get(shard.parent_id or "")
            if shard.id not in self._cursors and (parent is None or parent.is_closed):
                self._cursors[shard.id] = _Cursor()


def _to_kept(table: str, key: tuple[str, ...], record: StreamRecord) -> Kept:
    data: Any = record["dynamodb"]
    image = None if record["eventName"] == "REMOVE" else data["NewImage"]
    return Kept(table, read_key(data["Keys"], key), image)
