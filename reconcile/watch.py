"""Keeps boards proven: reads the table again at a loss of data, and now and then without one."""

import threading
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from redis import Redis

from aggregates.board import Board
from aggregates.connection import REDIS_ERRORS
from aggregates.keys import board_keys
from aggregates.message import Proof
from aggregates.server_id import read_server_id
from reconcile.errors import BusyError, ReconcileError
from reconcile.reconcile import Report
from reconcile.watch_version import read_standing

# Reads a board's table and sets its totals.
Reconcile = Callable[[Board], Report]

CHECK_SECONDS = 1.0
# A stream that has told nothing for this long is taken for one that has nothing more to tell.
_PAUSE = timedelta(seconds=60)
ERROR_SECONDS = 5.0


class Watch:
    """Sees to it that every board is proven, on the server that holds it now.

    Every board is reconciled once at the start where `at_start` is set, each again after
    `every_seconds`, and any whose data may have been lost: after `settle_seconds` in which no more
    was lost, so that calls of the function from before the loss have ended.
    """

    def __init__(
        self,
        boards: Iterable[Board],
        redis: Redis,
        reconcile: Reconcile,
        notify: Callable[[str], None],
        *,
        at_start: bool = False,
        every_seconds: float = float("inf"),
        settle_seconds: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._boards = {board.name: board for board in boards}
        self._redis, self._reconcile, self._notify, self._clock = redis, reconcile, notify, clock
        self._every_seconds, self._settle_seconds = every_seconds, settle_seconds
        now = clock()
        # When each board is to be reconciled, whatever Redis says of it.
        self._due = dict.fromkeys(self._boards, now if at_start else now + every_seconds)
        # Of boards that are not proven: on which server, in which epoch, and since when.
        self._unproven: dict[str, tuple[tuple[str, str | None], float]] = {}
        self._doubted: set[str] = set()
        # Boards whose first run is still to come, which waits for nothing.
        self._at_start = set(self._boards) if at_start else set()

    def doubt_all(self) -> None:
        """Have every table read anew, from the start: records of the stream were lost."""
        self._doubted = set(self._boards)

    def run(self, stop: threading.Event) -> None:
        """Check each second until `stop` is set."""
        delay = 0.0
        while not stop.wait(delay):
            delay = self.check()

    def check(self) -> float:
        """Reconcile the boards that have to be; return the seconds until the next check."""
        for name, board in self._boards.items():
            try:
                if self._is_due(board):
                    self._reconcile_now(board)
            except BusyError as error:
                self._notify(str(error))
                return ERROR_SECONDS
            except (*REDIS_ERRORS, BotoCoreError, ClientError, ReconcileError) as error:
                self._notify(
                    f"board {name} could not be reconciled, trying again in"
                    f" {ERROR_SECONDS:.0f} s: {error}"
                )
                return ERROR_SECONDS
        return CHECK_SECONDS

    def _is_due(self, board: Board) -> bool:
        now = self._clock()
        if is_proven(self._redis, board):
            self._unproven.pop(board.name, None)
            return board.name in self._doubted or now >= self._due[board.name]
        epoch, _, server = read_standing(self._redis, board_keys(board.name))
        standing, since = self._unproven.get(board.name, ((server, epoch), now))
        # The first batch on an empty server makes an epoch; that is no loss.
        if standing[0] != server or standing[1] not in (None, epoch):
            since = now
        self._unproven[board.name] = (server, epoch), since
        return board.name in self._at_start or now >= since + self._settle_seconds

    def _reconcile_now(self, board: Board) -> None:
        began = self._clock()
        self._at_start.discard(board.name)
        if board.name in self._doubted:
            # What a run that died has read may be from before the doubt.
            self._redis.unlink(board_keys(board.name).reconcile)
            self._doubted.discard(board.name)
            self._due[board.name] = began
        report = self._reconcile(board)
        ended = self._clock()
        self._due[board.name] = ended + self._every_seconds
        found = f"{len(report.drift)} groups corrected" if report.drift else "totals were right"
        self._notify(
            f"board {board.name}: read the table, {report.items:,} items, {found}"
            f" ({ended - began:.1f} s)"
        )


def is_proven(redis: Redis, board: Board) -> bool:
    """Return whether the totals were proven since the server that holds them started.

    They have to be again where the stream stopped in the middle of records from before the proof:
    no newer one may come for long, and screens wait for it.
    """
    keys = board_keys(board.name)
    fields = ["definition", "at", "created", "verified_from", "verified_at", "verified_server"]
    reply: Any = redis.hmget(keys.meta, fields)
    definition, at, created, start, end, server = (
        None if value is None else value.decode() for value in reply
    )
    if definition != board.definition or server != read_server_id(redis, keys.meta):
        return False
    if at is None or start is None or end is None:
        return True
    idle = datetime.now(UTC) - datetime.fromisoformat(at)
    return idle < _PAUSE or not Proof(start, end, server, {}).outruns_stream(at, created)
