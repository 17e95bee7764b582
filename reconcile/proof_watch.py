"""Keeps boards proven: reads the table again at a loss of data, and now and then without one."""

import threading
import time
from collections.abc import Callable, Iterable

from redis import Redis

from aggregates.board import Board
from aggregates.keys import board_keys
from aggregates.scripts import read_standing
from aggregates.server_id import read_server_id
from reconcile.errors import BusyError
from reconcile.reconcile import Report

# Reads a board's table and sets its totals.
Reconcile = Callable[[Board], Report]

CHECK_SECONDS = 1.0
ERROR_SECONDS = 5.0


class ProofWatch:
    """Sees to it that every board is proven, on the server that holds it now.

    Every board is reconciled once at the start where `at_start` is set, each again after
    `every_seconds`, and any whose data may have been lost. One that cannot be is no reason to leave
    the others.
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
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._boards = {board.name: board for board in boards}
        self._redis, self._reconcile, self._notify, self._clock = redis, reconcile, notify, clock
        self._every_seconds = every_seconds
        now = clock()
        # When each board is to be reconciled, whatever Redis says of it.
        self._due = dict.fromkeys(self._boards, now if at_start else now + every_seconds)
        self._doubted: set[str] = set()
        # What was last told of boards that cannot be reconciled.
        self._troubles: dict[str, str] = {}

    def doubt(self, board: Board) -> None:
        """Have a board's table be read from the start, soon; any thread may call it."""
        self._doubted.add(board.name)

    def doubt_all(self) -> None:
        """Have every table be read from the start: records of the stream were lost."""
        self._doubted.update(self._boards)

    def run(self, stop: threading.Event) -> None:
        """Check each second until `stop` is set."""
        delay = 0.0
        while not stop.wait(delay):
            delay = self.check()

    def check(self) -> float:
        """Reconcile the boards that have to be; return the seconds until the next check."""
        return max([self._check_board(board) for board in self._boards.values()])

    def _check_board(self, board: Board) -> float:
        try:
            if self._is_due(board):
                self._reconcile_now(board)
        except BusyError as error:
            trouble = str(error)
        except Exception as error:
            # Whatever it is, the other boards are to be proven, and this one when it can be.
            trouble = (
                f"board {board.name} could not be reconciled, trying again every"
                f" {ERROR_SECONDS:.0f} s: {type(error).__name__}: {error}"
            )
        else:
            self._troubles.pop(board.name, None)
            return CHECK_SECONDS
        if self._troubles.get(board.name) != trouble:
            self._troubles[board.name] = trouble
            self._notify(trouble)
        return ERROR_SECONDS

    def _is_due(self, board: Board) -> bool:
        if board.name in self._doubted or self._clock() >= self._due[board.name]:
            return True
        return not is_proven(self._redis, board)

    def _reconcile_now(self, board: Board) -> None:
        began = self._clock()
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
    """Return whether all of the totals are there, proven since the server that has them started."""
    keys = board_keys(board.name)
    standing = read_standing(redis, keys)
    return (
        standing.definition == board.definition
        and standing.verified_server == read_server_id(redis, keys.meta)
        and not standing.is_lost
    )
