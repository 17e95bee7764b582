"""Verifies a board without changing it: compares ledger with table, and totals with ledger.

A change that the stream has not delivered yet is not a difference: an item that differs is compared
again after a while, and only reported if it still differs.
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from redis import Redis

from aggregates.board import ALL, Board
from aggregates.contribution import Rejected
from aggregates.item import Image, read_key
from aggregates.keys import board_keys
from aggregates.outliers import Outlier
from aggregates.totals import Totals
from reconcile.capacity import ReadCapacity
from reconcile.errors import ReconcileError
from reconcile.excess import add_values, without_zeros
from reconcile.ledger import REMOVED, read_entries, read_entry
from reconcile.loss_check import LossCheck, read_position
from reconcile.reading import Reading, TellItems
from reconcile.sides import KEYS_AT_ONCE, NOT_THERE, LedgerSide, Side, TableSide, format_side
from reconcile.sums import Excess, compare_sums
from reconcile.table import read_segment

# How long a record may take from the table to the ledger before its item counts as different.
LAG_SECONDS = 5.0
# How many times an item that differs is compared again, each time after the lag.
_ROUNDS = 3
# If more items differ, they are compared only once: so many cannot all be on their way.
_MAX_AGAIN = 10_000

# An item that differs: its key, its side by the table, its side by the ledger.
_Found = tuple[str, Side, Side]


class Difference(NamedTuple):
    """An item that differs between table and ledger; both sides are text for a person."""

    key: str
    table: str
    ledger: str


class Audit(NamedTuple):
    """The result of verify. `drift` is ledger minus table, by group and measure.

    `sums` is how far totals differ from the ledger's sums; None if the stream never paused long
    enough to tell. `outliers` are items that count at a time that is probably wrong. `rejected` has
    the reasons why items cannot be counted, by key. Both have at most 1,000.
    """

    items: int
    drift: Totals
    differences: list[Difference]
    sums: Totals | None
    outliers: Sequence[Outlier] = ()
    rejected: Mapping[str, Rejected] = MappingProxyType({})

    @property
    def is_exact(self) -> bool | None:
        """Whether all totals equal the table; None if that could not be determined."""
        if self.differences or self.sums:
            return False
        return None if self.sums is None else True


def verify_board(
    board: Board,
    dynamodb: Any,
    redis: Redis,
    reading: Reading | None = None,
    progress: TellItems = lambda _: None,
    lag_seconds: float = LAG_SECONDS,
    sleep: Callable[[float], None] = time.sleep,
) -> Audit:
    """Return how a board's totals differ from its table; it changes nothing.

    `dynamodb` is a boto3 client. Raises `ReconcileError` for a board without keys, `DataLostError`
    if Redis loses data meanwhile, and the errors of boto3 and redis-py.
    """
    reading = reading or Reading()
    keys = board_keys(board.name)
    start = read_position(redis, keys)
    if start.epoch is None:
        raise ReconcileError(f"board {board.name}: Redis has nothing of it; run reconcile first")
    loss, started = LossCheck(redis, keys, start), start.version
    ledger = LedgerSide(board, redis, keys)
    table = TableSide(board)
    capacity = ReadCapacity(reading.read_units_per_second)
    seen: set[str] = set()
    # Items that seem to differ, with the key attributes to read them again; None: not in the table.
    doubtful: dict[str, Image | None] = {}
    for segment in range(reading.segments):
        pages = read_segment(
            board,
            dynamodb,
            (segment, reading.segments),
            "",
            read_version=loss.read_version,
            capacity=capacity,
            stop=threading.Event(),
        )
        for page in pages:
            images = {read_key(item, board.key): item for item in page.items}
            seen.update(images)
            for key, entry in zip(images, ledger.read(list(images)), strict=True):
                side = table.describe(images[key], key)
                untouched = entry is None or entry.version <= page.version
                if untouched and ledger.describe(entry) != side:
                    doubtful[key] = {name: images[key][name] for name in board.key}
            progress(len(seen))
    for part in read_entries(redis, keys):
        for packed_key, packed in part:
            key, entry = packed_key.decode(), read_entry(packed)
            if entry.kind != REMOVED and entry.version <= started and key not in seen:
                doubtful[key] = None
    found: list[_Found] = []
    for _ in range(_ROUNDS if len(doubtful) <= _MAX_AGAIN else 1):
        if not doubtful:
            break
        sleep(lag_seconds)
        found = list(_compare_again(board, dynamodb, ledger, doubtful, started, table))
        doubtful = {key: doubtful[key] for key, _, _ in found}
    differences = [
        Difference(key, format_side(board, told), format_side(board, counted))
        for key, told, counted in found
    ]
    drift = _add_up(board, found)
    sums = _describe_sums(compare_sums(board, redis, keys))
    return Audit(len(seen), drift, differences, sums, tuple(table.outliers), table.rejected)


def _compare_again(
    board: Board,
    dynamodb: Any,
    ledger: LedgerSide,
    doubtful: dict[str, Image | None],
    started: int,
    table: TableSide,
) -> Iterator[_Found]:
    """Yield the items that still differ.

    An item that was not in the table no longer differs if the stream has changed it since
    `started`.
    """
    items = list(doubtful)
    for first in range(0, len(items), KEYS_AT_ONCE):
        part = items[first : first + KEYS_AT_ONCE]
        now = [_read_again(board, dynamodb, doubtful[key], table) for key in part]
        # The ledger is read last: the stream had time to arrive while the table was read. Group
        # names are read again, because their numbers may have been reused.
        ledger.forget_groups()
        for key, told, entry in zip(part, now, ledger.read(part), strict=True):
            counted = ledger.describe(entry)
            is_back = doubtful[key] is None and entry is not None and entry.version > started
            if counted != told and not is_back:
                yield key, told, counted


def _read_again(
    board: Board,
    dynamodb: Any,
    key: Image | None,
    table: TableSide,
) -> Side:
    """Return what the table now says of an item; `key` is None if the table did not have it."""
    if key is None:
        return NOT_THERE
    found = dynamodb.get_item(TableName=board.table, Key=key, ConsistentRead=True)
    return table.describe(found["Item"]) if "Item" in found else NOT_THERE


def _add_up(board: Board, differences: Iterable[_Found]) -> Totals:
    drift: Totals = {}
    for _, told, counted in differences:
        for side, sign in ((told, -1), (counted, 1)):
            if len(side) > 1:
                add_values(drift, (side[0], ALL), board, side[2:], sign)
    return without_zeros(drift)


def _describe_sums(sums: Excess | None) -> Totals | None:
    if sums is None:
        return None
    buckets = {f"the bucket at {start}": measures for start, measures in sums.timeline.items()}
    return sums.totals | buckets
