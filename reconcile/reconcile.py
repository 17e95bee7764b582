"""Reconcile: backfill, rebuild and audit of a board in one act, beside the live stream.

Each page of the table is read with the board's version taken before the read. The page sets items
in the ledger, but those that the stream has touched since that version: they are known better.
Items that the ledger holds and the scan has not seen are removed under the same rule, with the
version from before the scan. What a record tells that was made before the scan began is not known
better: `apply.lua` passes it over where the scan has been. A strongly consistent read reflects all
writes that succeeded before it:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.ReadConsistency.html
"""

import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

from redis import Redis

from aggregates.batch import BatchEncoder, Change, PagePlace, encode_goal
from aggregates.board import Board
from aggregates.item import read_key
from aggregates.keys import BoardKeys, board_keys
from aggregates.message import format_time
from aggregates.outliers import log_outliers
from aggregates.run_scripts import begin_run, begin_sweep, claim_run, finish_run
from aggregates.schema import SCHEMA
from aggregates.scripts import LostError, RunLostError, apply_batch
from aggregates.totals import Totals
from reconcile.capacity import ReadCapacity
from reconcile.errors import BusyError, DataLostError, ReconcileError
from reconcile.lease import hold_lease
from reconcile.sums import mend_sums
from reconcile.sweep import sweep
from reconcile.table import PAGE_ITEMS, read_clock, read_segment
from reconcile.watch_version import VersionWatch, read_standing

logger = logging.getLogger("tallyboard")

# A run whose process was not heard of for this long has died; another may go on with it.
LEASE_SECONDS = 60.0
# But not later than this: what the stream has lost meanwhile would not be found by it.
_RESUME_SECONDS = 600.0
# How often a run starts over because Redis lost data while it ran.
_MAX_STARTS = 5
# What a record tells that was made so long before the table was read is in what was read, whatever
# the clocks of those who say so.
STALE_SECONDS = 60.0

# Told the number of items read so far.
Progress = Callable[[int], None]


@dataclass(frozen=True)
class Options:
    """How a table is read: in how many `segments` at a time, at most `read_items` by one read, and
    how many capacity units a second at most (0: no bound). Where the totals are not proven on this
    server, data may just have been lost: `settle_seconds` pass first, in which calls of the
    function from before the loss end.
    """

    segments: int = 4
    read_items: int = PAGE_ITEMS
    read_units_per_second: float = 0.0
    settle_seconds: float = 0.0
    lease_seconds: float = LEASE_SECONDS


class Report(NamedTuple):
    """`items` of the table were read; `drift` is what totals were changed by, by group and measure.

    A change that was read before its stream record had come is part of the drift.
    """

    items: int
    drift: Totals
    verified_at: str


@dataclass
class _Run:
    """One run, as Redis has it; `items` counts what all its segments have read."""

    owner: str
    epoch: str
    server: str
    started_version: int
    cursors: dict[str, str]
    items: int
    stop: threading.Event
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add_items(self, items: int) -> int:
        with self.lock:
            self.items += items
            return self.items


def reconcile_board(
    board: Board,
    dynamodb: Any,
    redis: Redis,
    options: Options | None = None,
    progress: Progress = lambda _: None,
    sleep: Callable[[float], None] = time.sleep,
) -> Report:
    """Make a board's totals equal its table's, and note that they are.

    `dynamodb` is a boto3 client. It is safe to run beside the stream at any time; a run that was
    killed a moment ago is gone on with. A board that was counted under another definition is
    emptied first. Raises `BusyError` where another run is at it, `ReconcileError`, and the errors
    of boto3 and redis-py; after those nothing is harmed: run it again.
    """
    options = options or Options()
    may_be_lost = False
    for _ in range(_MAX_STARTS):
        try:
            return _reconcile_once(
                board, dynamodb, redis, options, progress, sleep, may_be_lost=may_be_lost
            )
        except (DataLostError, LostError, RunLostError) as error:
            may_be_lost = True
            logger.warning("board %s: %s; starting over", board.name, error)
    raise ReconcileError(
        f"board {board.name}: its run was lost {_MAX_STARTS} times while the table was read, each"
        " time with data of Redis or to another run; see why Redis restarts, then run it again"
    )


def _reconcile_once(
    board: Board,
    dynamodb: Any,
    redis: Redis,
    options: Options,
    progress: Progress,
    sleep: Callable[[float], None],
    *,
    may_be_lost: bool,
) -> Report:
    keys = board_keys(board.name)
    owner = os.urandom(8).hex()
    _, _, server = read_standing(redis, keys)
    # What was read before a loss proves nothing.
    resume_seconds = 0.0 if may_be_lost else _RESUME_SECONDS
    fields = _claim(board, redis, keys, options, owner, server, resume_seconds)
    with hold_lease(redis, keys, owner, options.lease_seconds) as stop:
        if "started_version" not in fields:
            may_be_lost |= redis.hget(keys.meta, "verified_server") != server.encode()
            if may_be_lost:
                server = _settle(redis, keys, options.settle_seconds, sleep)
            read_at = read_clock(board, dynamodb)
            start = {
                "owner": owner,
                "server": server,
                "at": format_time(datetime.now(UTC)),
                "stale_before": int(read_at - STALE_SECONDS),
                "may_be_lost": may_be_lost,
                "epoch": os.urandom(8).hex(),
            }
            fields = begin_run(redis, keys, start)
        run = _Run(
            owner=owner,
            epoch=fields["epoch"],
            server=fields["server"],
            started_version=int(fields["started_version"]),
            cursors={name: value for name, value in fields.items() if name.startswith("cursor:")},
            items=int(fields["items"]),
            stop=stop,
        )
        watch = VersionWatch(redis, keys, run.epoch, run.server, run.started_version)
        _read_table(board, dynamodb, redis, run, watch, options, progress)
        _sweep_ledger(board, redis, run)
        mend_sums(board, redis, keys, owner)
        watch.read()
        proof: dict[str, Any] = {"schema": SCHEMA, "board": board.name, "owner": owner}
        proof["rank"] = board.rank_measure
        if board.goal is not None:
            proof["goal"] = encode_goal(board.goal)
        proven = finish_run(redis, keys, proof)
    return Report(run.items, proven.drift, proven.verified_at)


def _claim(
    board: Board,
    redis: Redis,
    keys: BoardKeys,
    options: Options,
    owner: str,
    server: str,
    resume_seconds: float,
) -> dict[str, str]:
    """Take the board's run, a new one or a dead one's; raise `BusyError`."""
    fields = claim_run(
        redis,
        keys,
        {
            "definition": board.definition,
            "epoch": os.urandom(8).hex(),
            "server": server,
            "segments": options.segments,
            "owner": owner,
            "holder": f"process {os.getpid()} on {socket.gethostname()}",
            "lease_ms": round(options.lease_seconds * 1000),
            "resume_ms": round(resume_seconds * 1000),
            "at": format_time(datetime.now(UTC)),
        },
    )
    if fields["owner"] != owner:
        raise BusyError(
            f"board {board.name}: {fields['holder']} is at it since {fields['claimed_at']}, with"
            f" {int(fields['items']):,} items read; wait for it, or end it and try again in"
            f" {options.lease_seconds:.0f} s"
        )
    return fields


def _settle(redis: Redis, keys: BoardKeys, seconds: float, sleep: Callable[[float], None]) -> str:
    """Return the id of the server, once no call of the function from before a loss can come.

    A loss while this waits begins the wait anew.
    """
    _, _, server = read_standing(redis, keys)
    before = None
    while seconds and server != before:
        sleep(seconds)
        before = server
        _, _, server = read_standing(redis, keys)
    return server


def _read_table(
    board: Board,
    dynamodb: Any,
    redis: Redis,
    run: _Run,
    watch: VersionWatch,
    options: Options,
    progress: Progress,
) -> None:
    """Set every item of the table in the ledger."""
    keys = board_keys(board.name)
    capacity = ReadCapacity(options.read_units_per_second)
    encoder = BatchEncoder(board)

    def apply_segment(number: int) -> None:
        name = f"cursor:{number}"
        pages = read_segment(
            board,
            dynamodb,
            (number, options.segments),
            run.cursors[name],
            read_version=watch.read,
            capacity=capacity,
            stop=run.stop,
            read_items=options.read_items,
        )
        try:
            for page in pages:
                changes = [Change(read_key(item, board.key), 0, item) for item in page.items]
                place = PagePlace(run.owner, name, page.start, page.end)
                batch = encoder.encode_page(changes, guard_version=page.version, place=place)
                apply_batch(redis, keys, batch)
                log_outliers(board, batch.outliers)
                progress(run.add_items(len(changes)))
        except BaseException:
            run.stop.set()
            raise

    with ThreadPoolExecutor(options.segments) as threads:
        try:
            outcomes = [threads.submit(apply_segment, n) for n in range(options.segments)]
            errors = [outcome.exception() for outcome in outcomes]
        except BaseException:  # Ctrl-C reaches this thread alone
            run.stop.set()
            raise
    _raise_first(error for error in errors if error)


def _sweep_ledger(board: Board, redis: Redis, run: _Run) -> None:
    """Take away what the ledger holds and the table has not shown."""
    keys = board_keys(board.name)
    begin_sweep(redis, keys, run.owner)
    encoder = BatchEncoder(board)
    swept = int(run.cursors["cursor:sweep"])
    for unseen in sweep(redis, keys, run.started_version):
        changes = [Change(key, 0, None) for key in unseen]
        place = PagePlace(run.owner, "cursor:sweep", str(swept), str(swept + 1))
        swept += 1
        guard = run.started_version
        apply_batch(redis, keys, encoder.encode_page(changes, guard_version=guard, place=place))


def _raise_first(errors: Iterator[BaseException]) -> None:
    """Raise what went wrong, where several threads ended: the cause, not what followed from it."""
    found = sorted(errors, key=lambda error: isinstance(error, DataLostError))
    if found:
        raise found[0]
