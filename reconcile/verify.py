"""Verify: the audit alone. Compares the ledger with the table, and totals with the ledger.

Nothing is written. What the stream has not told yet is no difference: an item that differs is
compared again after a while, and counts only when it still does.
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, NamedTuple

from redis import Redis

from aggregates.board import ALL, Board
from aggregates.contribution import Rejected, contribution_reader
from aggregates.item import Image, read_key
from aggregates.keys import BoardKeys, board_keys
from aggregates.ledger import COUNTED, REMOVED, Entry, read_entry
from aggregates.outliers import Outlier, find_outlier_bounds
from aggregates.totals import Totals
from aggregates.units import format_amount
from reconcile.capacity import ReadCapacity
from reconcile.errors import ReconcileError
from reconcile.reconcile import Options, Progress
from reconcile.sums import Sums, add_values, compare_sums, read_entries, without_zeros
from reconcile.table import read_segment
from reconcile.watch_version import VersionWatch, read_standing

# How long a record may take from the table to the ledger before its item counts as different.
LAG_SECONDS = 5.0
# How often an item that differs is compared again, each time after so long.
_ROUNDS = 3
# Of more than this, one look has to do: they are not just on their way.
_MAX_AGAIN = 10_000
# Of outliers, and of rejected items: more are the same mistake.
_MAX_LISTED = 1000
# Keys of one request: ElastiCache Serverless takes at most 3,999 arguments.
_KEYS_AT_ONCE = 1000


class Difference(NamedTuple):
    """One item that the ledger has otherwise than the table; each side for a person to read."""

    key: str
    table: str
    ledger: str


class Audit(NamedTuple):
    """What was found. `drift` is by how much totals are off, by group and measure: ledger - table.

    `sums` is by how much totals differ from what the ledger adds up to; None where the stream never
    paused for long enough to say. `outliers` are items that count, at a time that is hardly meant,
    and `rejected` is why others cannot, by their keys. Both have at most 1,000.
    """

    items: int
    drift: Totals
    differences: list[Difference]
    sums: Totals | None
    outliers: Sequence[Outlier] = ()
    rejected: Mapping[str, Rejected] = MappingProxyType({})

    @property
    def is_exact(self) -> bool | None:
        """Whether totals are the table's; None where that could not be said of all of them."""
        if self.differences or self.sums:
            return False
        return None if self.sums is None else True


class _Ledger:
    """The ledger, as what items count for."""

    def __init__(self, board: Board, redis: Redis, keys: BoardKeys) -> None:
        self._board, self._redis, self._keys = board, redis, keys
        self._groups: dict[int, str] = {}

    def read(self, items: list[str]) -> list[Entry | None]:
        """Return the entries of items, None where there is none."""
        entries: list[Entry | None] = []
        for first in range(0, len(items), _KEYS_AT_ONCE):
            part = items[first : first + _KEYS_AT_ONCE]
            found: Any = self._redis.hmget(self._keys.ledger, part)
            entries += [None if packed is None else read_entry(packed) for packed in found]
        self._read_groups({entry.group for entry in entries if entry and entry.kind == COUNTED})
        return entries

    def _read_groups(self, numbers: set[int]) -> None:
        """Read the names of groups again: the number of an empty one may be another's by now."""
        if numbers:
            fields = [f"#{number}" for number in numbers]
            found: Any = self._redis.hmget(self._keys.groups, fields)
            for number, name in zip(numbers, found, strict=True):
                self._groups[number] = "" if name is None else name[1:].decode()

    def describe(self, entry: Entry | None) -> tuple[Any, ...]:
        """Return what an entry counts for, as `_describe` does for an item."""
        if entry is None or entry.kind == REMOVED:
            return _NOT_THERE
        if entry.kind != COUNTED:
            return _REJECTED
        return (self._groups.get(entry.group, ""), entry.bucket, *entry.values)

    def forget_groups(self) -> None:
        """Have the groups' names read again."""
        self._groups = {}


def verify_board(
    board: Board,
    dynamodb: Any,
    redis: Redis,
    options: Options | None = None,
    progress: Progress = lambda _: None,
    lag_seconds: float = LAG_SECONDS,
    sleep: Callable[[float], None] = time.sleep,
) -> Audit:
    """Return how a board's totals differ from its table; nothing is changed.

    `dynamodb` is a boto3 client. Raises `ReconcileError` for a board without keys,
    `DataLostError` when Redis loses its data meanwhile, and the errors of boto3 and redis-py.
    """
    options = options or Options()
    keys = board_keys(board.name)
    epoch, started, server = read_standing(redis, keys)
    if epoch is None:
        raise ReconcileError(f"board {board.name}: Redis has nothing of it; run reconcile first")
    watch = VersionWatch(redis, keys, epoch, server, started)
    ledger = _Ledger(board, redis, keys)
    describe = _Describer(board)
    capacity = ReadCapacity(options.read_units_per_second)
    seen: set[str] = set()
    # Items that seem to differ, by the key attributes that they are read again by.
    doubtful: dict[str, Image | None] = {}
    for segment in range(options.segments):
        pages = read_segment(
            board,
            dynamodb,
            (segment, options.segments),
            "",
            read_version=watch.read,
            capacity=capacity,
            stop=threading.Event(),
        )
        for page in pages:
            images = {read_key(item, board.key): item for item in page.items}
            seen.update(images)
            for key, entry in zip(images, ledger.read(list(images)), strict=True):
                table = describe.note(key, images[key])
                untouched = entry is None or entry.version <= page.version
                if untouched and ledger.describe(entry) != table:
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
        found = list(_compare_again(board, dynamodb, ledger, doubtful, started, describe))
        doubtful = {key: doubtful[key] for key, _, _ in found}
    differences = [
        Difference(key, _for_person(board, table), _for_person(board, counted))
        for key, table, counted in found
    ]
    drift = _add_up(board, found)
    sums = _describe_sums(compare_sums(board, redis, keys))
    return Audit(len(seen), drift, differences, sums, tuple(describe.outliers), describe.rejected)


_NOT_THERE, _REJECTED = ("not there",), ("rejected",)
_Found = tuple[str, tuple[Any, ...], tuple[Any, ...]]


class _Describer:
    """What items of the table count for, as the ledger has it; notes those that somebody must see.

    An item that is outside the board is not there, as far as the board goes.
    """

    def __init__(self, board: Board) -> None:
        self._read, self._width = contribution_reader(board), board.bucket_seconds
        self._earliest_ms, self._latest_ms = find_outlier_bounds(board, time.time())
        self.outliers: list[Outlier] = []
        self.rejected: dict[str, Rejected] = {}

    def __call__(self, image: Image) -> tuple[Any, ...]:
        return self.note(None, image)

    def note(self, key: str | None, image: Image) -> tuple[Any, ...]:
        """Return what an item counts for, and note it under its key where it is odd."""
        try:
            contribution = self._read(image)
        except Rejected as error:
            if key is not None and len(self.rejected) < _MAX_LISTED:
                # Not with the frames that it passed, which hold the item.
                error.__cause__ = error.__context__ = None
                self.rejected[key] = error.with_traceback(None)
            return _REJECTED
        if contribution is None:
            return _NOT_THERE
        group, time_ms, values = contribution
        is_outlier = not self._earliest_ms <= time_ms <= self._latest_ms
        if is_outlier and key is not None and len(self.outliers) < _MAX_LISTED:
            self.outliers.append(Outlier(key, time_ms))
        bucket = time_ms // (1000 * self._width) if self._width else 0
        return (group, bucket, *values)


def _compare_again(
    board: Board,
    dynamodb: Any,
    ledger: _Ledger,
    doubtful: dict[str, Image | None],
    started: int,
    describe: Callable[[Image], tuple[Any, ...]],
) -> Iterator[_Found]:
    """Yield the items that still differ: key, what the table says, what the ledger says.

    One that the table did not have differs no more when the stream has touched it since `started`.
    """
    items = list(doubtful)
    for first in range(0, len(items), _KEYS_AT_ONCE):
        part = items[first : first + _KEYS_AT_ONCE]
        now = [_read_again(board, dynamodb, doubtful[key], describe) for key in part]
        # The ledger last: it has had the time that reading the table took. Then its groups, whose
        # numbers may stand for others by now.
        ledger.forget_groups()
        for key, table, entry in zip(part, now, ledger.read(part), strict=True):
            counted = ledger.describe(entry)
            is_back = doubtful[key] is None and entry is not None and entry.version > started
            if counted != table and not is_back:
                yield key, table, counted


def _read_again(
    board: Board,
    dynamodb: Any,
    key: Image | None,
    describe: Callable[[Image], tuple[Any, ...]],
) -> tuple[Any, ...]:
    """Return what the table says of an item; `key` is None for one that it did not have."""
    if key is None:
        return _NOT_THERE
    found = dynamodb.get_item(TableName=board.table, Key=key, ConsistentRead=True)
    return describe(found["Item"]) if "Item" in found else _NOT_THERE


def _add_up(board: Board, differences: Iterable[_Found]) -> Totals:
    drift: Totals = {}
    for _, table, counted in differences:
        for side, sign in ((table, -1), (counted, 1)):
            if len(side) > 1:
                add_values(drift, (side[0], ALL), board, side[2:], sign)
    return without_zeros(drift)


def _describe_sums(sums: Sums | None) -> Totals | None:
    if sums is None:
        return None
    buckets = {f"the bucket at {start}": measures for start, measures in sums.timeline.items()}
    return sums.totals | buckets


def _for_person(board: Board, side: tuple[Any, ...]) -> str:
    if len(side) == 1:
        return str(side[0])
    group, bucket, *values = side
    began = datetime.fromtimestamp(bucket * (board.bucket_seconds or 0), UTC)
    at = [f"{began:%Y-%m-%d %H:%M}Z"] if board.bucket_seconds else []
    sums = (
        f"{measure.name} {format_amount(value, measure.unit)} {measure.unit.name}".rstrip()
        for measure, value in zip(board.measures, values, strict=True)
    )
    return ", ".join([group, *at, *sums])
