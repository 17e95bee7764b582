"""Follows the tip of a table's stream with few reads: the newest records only."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from reconcile.sighting import Round, Sighting, see_record
from reconcile.stream import (
    NEWEST,
    OLDEST,
    IteratorExpired,
    RecordsTrimmed,
    Shard,
    StreamReader,
    TableStream,
    find_label,
    find_made_ms,
)

# How often shards are listed, and the table is asked for its stream: a new stream is noticed within
# this time. The end of a shard is noticed at once.
_LIST_SECONDS = 30.0
# The most pages that a round reads of one shard.
_MOST_PAGES = 20
# An iterator that is not at the tip sometimes returns empty pages: this many in a row count as the
# tip.
_EMPTY_PAGES = 3
# Only the newest records of a page are checked: a shard is delivered in order.
_MOST_SIGHTINGS = 200


class StreamError(Exception):
    """A table's stream cannot be followed; the text says why, for a person."""


@dataclass
class _Followed:
    """A followed shard: read after the number `after`, or from `start` if that is None."""

    shard: Shard
    start: str
    after: str | None = None
    iterator: str | None = None
    is_ended: bool = False
    is_near_tip: bool = False


class Tip:
    """Reads one table's stream from its tip on.

    `cursors` come from an earlier reader's last round. Without them it begins after the newest
    record, or with `from_start` at the oldest one, for a stream that is as old as its table.
    """

    def __init__(
        self,
        table: str,
        dynamodb: Any,
        streams: Any,
        cursors: Mapping[str, str],
        *,
        from_start: bool = False,
        clock: Callable[[], float] = time.monotonic,
        make_reader: Callable[[Any, str], StreamReader] = TableStream,
    ) -> None:
        self._table, self._dynamodb, self._streams = table, dynamodb, streams
        self._cursors, self._from_start = dict(cursors), from_start
        self._clock, self._make_reader = clock, make_reader
        self._arn = ""
        self._reader: StreamReader | None = None
        self._followed: dict[str, _Followed] = {}
        self._next_listing = float("-inf")
        self._is_broken = False
        self._read_s = 0.0
        # Kept until a round is complete: a round that fails half-way has already read records.
        self._sightings: list[Sighting] = []

    @property
    def arn(self) -> str:
        """The stream's ARN; empty before the first round."""
        return self._arn

    def read_round(self) -> Round:
        """Read all shards up to the tip. Raises `StreamError` and botocore's errors."""
        self._read_s = time.time()
        if self._clock() >= self._next_listing:
            self._find_stream()
            self._list_shards()
        is_complete = True
        unread = [followed for followed in self._followed.values() if not followed.is_ended]
        while unread:
            for followed in unread:
                is_complete &= self._read_shard(followed)
            if not any(followed.is_ended for followed in unread):
                break
            # The ended shards' children are new, and may have ended too.
            known = set(self._followed)
            self._list_shards()
            unread = [self._followed[name] for name in self._followed.keys() - known]
        if not self._has_no_gap():
            is_complete, self._next_listing = False, float("-inf")
        is_broken, self._is_broken = self._is_broken, False
        sightings, self._sightings = self._sightings, []
        return Round(sightings, self._read_s, is_complete, is_broken, self._save())

    def _find_stream(self) -> None:
        table = self._dynamodb.describe_table(TableName=self._table)["Table"]
        arn = table.get("LatestStreamArn")
        if arn is None or not table.get("StreamSpecification", {}).get("StreamEnabled", False):
            raise StreamError(
                f"the table {self._table} has no stream, so nothing is counted; enable its stream"
            )
        if arn == self._arn:
            return
        if self._arn:
            # A new stream: changes made between the two streams are in neither.
            self._is_broken = True
            self._from_start, self._cursors = True, {}
        self._arn, self._followed = arn, {}
        self._reader = self._make_reader(self._streams, arn)

    def _list_shards(self) -> None:
        assert self._reader is not None
        shards = {shard.id: shard for shard in self._reader.list_shards()}
        is_first = not self._followed
        for shard in shards.values():
            if shard.id not in self._followed:
                followed = self._begin(shard, shards, is_first=is_first)
                if followed is not None:
                    self._followed[shard.id] = followed
        if self._cursors:
            # The cursors left belong to shards that are gone, with records that nobody read.
            self._is_broken, self._cursors = True, {}
        for name, followed in list(self._followed.items()):
            if followed.is_ended and name not in shards:
                del self._followed[name]
        self._next_listing = self._clock() + _LIST_SECONDS

    def _begin(
        self, shard: Shard, shards: Mapping[str, Shard], *, is_first: bool
    ) -> _Followed | None:
        """Return where to begin with a shard; None if it has ended before this reader began."""
        cursor = self._cursors.pop(self._name(shard.id), None)
        if cursor is not None:
            after, _, iterator = cursor.partition(" ")
            return _Followed(shard, NEWEST, after or None, iterator or None)
        if not is_first or self._from_start or self._descends(shard, shards):
            return _Followed(shard, OLDEST)
        if shard.is_closed:
            return None
        self._is_broken = True
        return _Followed(shard, NEWEST)

    def _descends(self, shard: Shard, shards: Mapping[str, Shard]) -> bool:
        """Return whether an ancestor of the shard has a cursor or is followed."""
        parent = shard.parent_id
        while parent is not None:
            if self._name(parent) in self._cursors or parent in self._followed:
                return True
            parent = shards[parent].parent_id if parent in shards else None
        return False

    def _read_shard(self, followed: _Followed) -> bool:
        """Read a shard up to its tip or its end; return whether it was reached."""
        empty_pages = 0
        wanted = 1 if followed.is_near_tip else _EMPTY_PAGES
        followed.is_near_tip = False
        for _ in range(_MOST_PAGES):
            records = self._read_page(followed)
            if records is None:
                return False
            self._sightings += records[-_MOST_SIGHTINGS:]
            empty_pages = 0 if records else empty_pages + 1
            if followed.is_ended or empty_pages == wanted:
                followed.is_near_tip = True
                break
        return followed.is_near_tip

    def _read_page(self, followed: _Followed) -> list[Sighting] | None:
        """Return the sightings of one read; None if the shard needs a new iterator."""
        assert self._reader is not None
        shard = followed.shard.id
        try:
            if followed.iterator is None:
                followed.iterator = self._reader.get_iterator(shard, followed.after, followed.start)
            page = self._reader.read(followed.iterator)
        except IteratorExpired:
            followed.iterator = None
            if followed.after is None and followed.start == NEWEST:
                self._is_broken = True
            return None
        except RecordsTrimmed:
            followed.iterator = followed.after = None
            followed.start, self._is_broken = NEWEST, True
            return None
        if page.read_at is not None:
            self._read_s = page.read_at
        followed.iterator = page.next_iterator
        followed.is_ended = page.next_iterator is None
        if page.records:
            followed.after = page.records[-1]["dynamodb"]["SequenceNumber"]
        made_ms = find_made_ms(self._arn)
        read_s = page.read_at or time.time()
        return [see_record(record, shard, made_ms, read_s) for record in page.records]

    def _has_no_gap(self) -> bool:
        """Return whether each ended shard has a child that is followed."""
        parents = {followed.shard.parent_id for followed in self._followed.values()}
        return bool(self._followed) and all(
            not followed.is_ended or followed.shard.id in parents
            for followed in self._followed.values()
        )

    def _save(self) -> dict[str, str]:
        return {
            self._name(name): f"{followed.after or ''} {followed.iterator or ''}"
            for name, followed in self._followed.items()
            if not followed.is_ended
        }

    def _name(self, shard_id: str) -> str:
        return f"cursor:{find_label(self._arn)}:{shard_id}"
