"""Verify: the audit alone. Compares the ledger with the table, and totals with the ledger.

Nothing is written. What the stream has not told yet is no difference: an item that differs is
compared again after a while, and counts only when it still does.
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from redis import Redis

from aggregates.board import ALL, Board
from aggregates.contribution import Contribution, Rejected, contribution_reader
from aggregates.item import Image, read_key
from aggregates.keys import BoardKeys, board_keys
from aggregates.ledger import COUNTED, REMOVED, Entry, read_entry
from aggregates.totals import Totals
from reconcile.capacity import ReadCapacity
from reconcile.errors import ReconcileError
from reconcile.reconcile import Options, Progress
from reconcile.sums import Sums, add_values, compare_sums, read_entries, without_zeros
from reconcile.table import read_segment
from reconcile.watch_version import VersionWatch, read_standing

# How long a record may take from the table to the ledger before its item counts as different.
LAG_SECONDS = 5.0


class Difference(NamedTuple):
    """One item that the ledger has otherwise than the table; each side for a person to read."""

    key: str
    table: str
    ledger: str


class Audit(NamedTuple):
    """What was found. `drift` is by how much totals are off, by group and measure: ledger - table.

    `sums` is by how much totals differ from what the ledger adds up to; None where the stream never
    paused for long enough to say.
    """

    items: int
    drift: Totals
    differences: list[Difference]
    sums: Totals | None

    @property
    def is_exact(self) -> bool:
        return not self.differences and not self.sums


class _Ledger:
    """The ledger, as what items count for."""

    def __init__(self, board: Board, redis: Redis, keys: BoardKeys) -> None:
        self._board, self._redis, self._keys = board, redis, keys
        self._groups: dict[int, str] = {}

    def read(self, items: list[str]) -> list[Entry | None]:
        """Return the entries of items, None where there is none."""
        if not items:
            return []
        found: Any = self._redis.hmget(self._keys.ledger, items)
        return [None if packed is None else read_entry(packed) for packed in found]

    def describe(self, entry: Entry | None) -> tuple[Any, ...]:
        """Return what an entry counts for, as `_describe` does for an item."""
        if entry is None or entry.kind == REMOVED:
            return ("not there",)
        if entry.kind != COUNTED:
            return ("rejected",)
        return (self.name_group(entry.group), entry.bucket, *entry.values)

    def name_group(self, number: int) -> str:
        if number not in self._groups:
            reply: Any = self._redis.hgetall(self._keys.groups)
            self._groups = {int(value): name.decode() for name, value in reply.items()}
        return self._groups[number]


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
    watch = VersionWatch(redis, keys, epoch, server)
    ledger = _Ledger(board, redis, keys)
    describe = _describer(board)
    capacity = ReadCapacity(options.read_units_per_second)
    seen: set[str] = set()
    doubtful: dict[str, Image] = {}
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
                untouched = entry is None or entry.version <= page.version
                if untouched and ledger.describe(entry) != describe(images[key]):
                    doubtful[key] = images[key]
            progress(len(seen))
    left = [
        key
        for key, entry in read_entries(redis, keys)
        if entry.kind != REMOVED and entry.version <= started and key not in seen
    ]
    if doubtful or left:
        sleep(lag_seconds)
    differences = list(_compare_again(board, dynamodb, ledger, doubtful, left, describe))
    drift = _add_up(board, differences)
    found = [
        Difference(key, _for_person(board, table), _for_person(board, counted))
        for key, table, counted in differences
    ]
    return Audit(len(seen), drift, found, _describe_sums(compare_sums(board, redis, keys)))


_Found = tuple[str, tuple[Any, ...], tuple[Any, ...]]


def _describer(board: Board) -> Callable[[Image], tuple[Any, ...]]:
    read = contribution_reader(board)

    def describe(image: Image) -> tuple[Any, ...]:
        try:
            contribution: Contribution = read(image)
        except Rejected:
            return ("rejected",)
        width = board.bucket_seconds
        bucket = contribution.time_ms // (1000 * width) if width else 0
        return (contribution.group, bucket, *contribution.values)

    return describe


def _compare_again(
    board: Board,
    dynamodb: Any,
    ledger: _Ledger,
    doubtful: dict[str, Image],
    left: list[str],
    describe: Callable[[Image], tuple[Any, ...]],
) -> Iterator[_Found]:
    """Yield the items that still differ: key, what the table says, what the ledger says."""
    for (key, image), entry in zip(doubtful.items(), ledger.read(list(doubtful)), strict=True):
        found = dynamodb.get_item(
            TableName=board.table,
            Key={name: image[name] for name in board.key},
            ConsistentRead=True,
        )
        now = describe(found["Item"]) if "Item" in found else ("not there",)
        if ledger.describe(entry) != now:
            yield key, now, ledger.describe(entry)
    for key, entry in zip(left, ledger.read(left), strict=True):
        if ledger.describe(entry) != ("not there",):
            yield key, ("not there",), ledger.describe(entry)


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
    group, _, *values = side
    sums = zip(board.measures, values, strict=True)
    return ", ".join([group, *(f"{measure.name} {value}" for measure, value in sums)])
