"""Reconcile: backfill, rebuild and audit of a board in one act, beside the live stream.

Why is no second set of keys filled from the table, and renamed over the first? The stream goes on
while the table is read: each change would have to be counted in both sets until the switch, by
functions that may be running already, and the board would need twice the memory. To correct the one
set in place takes only the guard below, and each figure moves once, from wrong to right.

Each page of the table is read with the board's version taken before the read. The page sets items
in the ledger, but those that the stream has touched since that version: they are known better.
Items that the ledger holds and the scan has not seen are removed under the same rule, with the
version from before the scan. What a record tells that was made before the scan began is not known
better: `apply.lua` passes it over where the scan has been. A strongly consistent read reflects all
writes that succeeded before it:
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

# How often a run starts over because Redis lost data while it ran.
_MAX_STARTS = 5


class Report(NamedTuple):
    """`items` of the table were read; `drift` is what totals were changed by, by group and measure.

    A change that was read before its stream record had come is part of the drift.
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
    """Make a board's totals equal its table's, and note that they are.

    `dynamodb` is a boto3 client. It is safe to run beside the stream at any time; a run that was
    killed a moment ago is resumed. A board that was counted under another definition is emptied
    first. Raises `BusyError` where another run is at it, `ReconcileError`, and the errors of boto3
    and redis-py; after those nothing is harmed: run it again.
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
        f"board {board.name}: its run was lost {_MAX_STARTS} times while the table was read, each"
        " time with data of Redis or to another run; see why Redis restarts, then run it again"
    )


def _run(job: Job, *, may_be_lost: bool) -> Report:
    """Take a job from its claim to its proof."""
    claimed = job.claim(may_resume=not may_be_lost)
    with hold_lease(job.redis, job.keys, job.owner, job.reading.lease_seconds) as stop:
        run = job.begin(claimed, stop, may_be_lost=may_be_lost)
        job.read(run)
        job.sweep(run)
        job.mend_sums()
        proven = job.finish(run)
    return Report(run.items, proven.drift, proven.verified_at)
