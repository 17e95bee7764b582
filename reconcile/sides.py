"""Describes what an item counts for, by the table and by the ledger."""

import time
from datetime import UTC, datetime
from typing import Any

from redis import Redis

from aggregates.board import Board
from aggregates.contribution import Rejected, contribution_reader
from aggregates.item import Image
from aggregates.keys import BoardKeys
from aggregates.outliers import Outlier, find_outlier_bounds
from aggregates.units import format_amount
from reconcile.ledger import COUNTED, REMOVED, Entry, read_entry

# Keys per request: ElastiCache Serverless takes at most 3,999 arguments.
KEYS_AT_ONCE = 1000
# Outliers and rejected items that are listed, each; more are probably the same mistake.
_MAX_LISTED = 1000

# For an item that counts: its group, bucket and values. Else one text that says why it does not.
Side = tuple[Any, ...]
NOT_THERE: Side = ("not there",)
_REJECTED: Side = ("rejected",)


class LedgerSide:
    """What the ledger says about items."""

    def __init__(self, board: Board, redis: Redis, keys: BoardKeys) -> None:
        self._board, self._redis, self._keys = board, redis, keys
        self._groups: dict[int, str] = {}

    def read(self, items: list[str]) -> list[Entry | None]:
        """Return the entries of items, None for an item without an entry."""
        entries: list[Entry | None] = []
        for first in range(0, len(items), KEYS_AT_ONCE):
            part = items[first : first + KEYS_AT_ONCE]
            found: Any = self._redis.hmget(self._keys.ledger, part)
            entries += [None if packed is None else read_entry(packed) for packed in found]
        self._read_groups({entry.group for entry in entries if entry and entry.kind == COUNTED})
        return entries

    def _read_groups(self, numbers: set[int]) -> None:
        """Read the names of groups, always again: an empty group's number may be reused."""
        if numbers:
            fields = [f"#{number}" for number in numbers]
            found: Any = self._redis.hmget(self._keys.groups, fields)
            for number, name in zip(numbers, found, strict=True):
                self._groups[number] = "" if name is None else name[1:].decode()

    def describe(self, entry: Entry | None) -> Side:
        """Return what an entry counts for, in the form of `TableSide.describe`."""
        if entry is None or entry.kind == REMOVED:
            return NOT_THERE
        if entry.kind != COUNTED:
            return _REJECTED
        return (self._groups.get(entry.group, ""), entry.bucket, *entry.values)

    def forget_groups(self) -> None:
        """Forget the groups' names, so that they are read again."""
        self._groups = {}


class TableSide:
    """What the table says about items; it also collects outliers and rejected items.

    An item outside the board is described as not there.
    """

    def __init__(self, board: Board) -> None:
        self._read, self._width = contribution_reader(board), board.bucket_seconds
        self._earliest_ms, self._latest_ms = find_outlier_bounds(board, time.time())
        self.outliers: list[Outlier] = []
        self.rejected: dict[str, Rejected] = {}

    def describe(self, image: Image, key: str | None = None) -> Side:
        """Return what an item counts for; with a `key`, note the item if it is odd or rejected."""
        try:
            contribution = self._read(image)
        except Rejected as error:
            if key is not None and len(self.rejected) < _MAX_LISTED:
                # Without the traceback, whose frames hold the whole item in memory.
                error.__cause__ = error.__context__ = None
                self.rejected[key] = error.with_traceback(None)
            return _REJECTED
        if contribution is None:
            return NOT_THERE
        group, time_ms = contribution.group, contribution.time_ms
        is_outlier = not self._earliest_ms <= time_ms <= self._latest_ms
        if is_outlier and key is not None and len(self.outliers) < _MAX_LISTED:
            self.outliers.append(Outlier(key, time_ms))
        bucket = time_ms // (1000 * self._width) if self._width else 0
        return (group, bucket, *contribution.counted)


def format_side(board: Board, side: Side) -> str:
    """Return what an item counts for, as text for a person."""
    if len(side) == 1:
        return str(side[0])
    group, bucket, *values = side
    began = datetime.fromtimestamp(bucket * (board.bucket_seconds or 0), UTC)
    at = [f"{began:%Y-%m-%d %H:%M}Z"] if board.bucket_seconds else []
    sums = (
        f"{measure.name} {format_amount(value, measure.unit)} {measure.unit.name}".rstrip()
        # What goes to a line is known by the group.
        for measure, value in zip(board.measures, values[: len(board.measures)], strict=True)
    )
    return ", ".join([group, *at, *sums])
