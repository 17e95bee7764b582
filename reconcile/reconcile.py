"""Reconciles a board with its table: fills, repairs and proves it, beside the live stream.

Why not fill a second set of keys from the table, and rename it over the first? The stream continues
while the table is read: each change would have to be counted in both sets until the switch, by
functions that may be running already, and the board would need twice the memory. Correcting the one
set in place needs only the guard below, and each figure changes once, from wrong to right.

The board's version is taken before each page of the table is read. The page then sets its items in
the ledger, except those that the stream has changed since that version: the ledger has them newer.
Items that the ledger holds and the scan has not seen are removed by the same rule, with the version
from before the scan. A record made before the scan began is not newer than the scan: `apply.lua`
skips it where the scan has been. A strongly consistent read reflects all writes that succeeded
before it:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.ReadConsistency.html
"""

import logging
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from redis import Redis

from aggregates.board import Board
from aggregates.lua_script import LostError, RunLostError
from aggregates.totals import Totals
from reconcile.errors import DataLostError, ReconcileError
from reconcile.job import Job
from reconcile.lease import hold_lease
from reconcile.reading import Reading, TellItems

logger = logging.getLogger("tallyboard")

# How many times a run starts because Redis lost data while it ran.
_MAX_STARTS = 5


class Report(NamedTuple):
    """A result: `items` were read; `drift` is how totals were changed, by group and measure.

    A change that was read from the table before its stream record came is part of the drift.
    """

    items: int
    drift: Totals
    verified_at: str


def reconcile_board(
    board: Board,
    dynamodb: Any,
    redis: Redis,
    reading: Reading | None = None,
    progress: TellItems = lambda _: None,
    sleep: Callable[[float], None] = time.sleep,
) -> Report:
    """Make a board's totals equal its table, and note that they are proven.

    `dynamodb` is a boto3 client. It may run beside the stream at any time, and resumes a run whose
    process was last seen within ten minutes. A board that was counted under another definition is
    emptied first. Raises `BusyError` if another process is reconciling the board, `ReconcileError`,
    and the errors of boto3 and redis-py. An error does no harm: run it again.
    """
    may_be_lost = False
    for _ in range(_MAX_STARTS):
        job = Job(board, dynamodb, redis, reading or Reading(), progress, sleep)
        try:
            return _run(job, may_be_lost=may_be_lost)
        except (DataLostError, LostError, RunLostError) as error:
            may_be_lost = True
            logger.warning("board %s: %s; starting over", board.name, error)
    raise ReconcileError(
        f"board {board.name}: gave up after {_MAX_STARTS} starts, because each time Redis lost data"
        " or another process took over; find out why Redis restarts, then run it again"
    )


def _run(job: Job, *, may_be_lost: bool) -> Report:
    """Carry out a job, from its claim to its proof."""
    claimed = job.claim(may_resume=not may_be_lost)
    with hold_lease(job.redis, job.keys, job.owner, job.reading.lease_seconds) as stop:
        run = job.begin(claimed, stop, may_be_lost=may_be_lost)
        job.read(run)
        job.sweep(run)
        job.mend_sums()
        proven = job.finish(run)
    return Report(run.items, proven.drift, proven.verified_at)
