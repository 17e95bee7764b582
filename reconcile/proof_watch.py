"""Keeps boards proven: decides when a table is read again, after a loss of data or after a time."""

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
    """Keeps every board proven on the server that holds it.

    A board is reconciled at the start if `at_start` is set, again every `every_seconds`, and
    whenever its data may have been lost. If one board fails, the others are still reconciled.
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
        # When each board is reconciled, even if it is proven.
        self._due = dict.fromkeys(self._boards, now if at_start else now + every_seconds)
        self._doubted: set[str] = set()
        # What was last reported of boards that cannot be reconciled.
        self._troubles: dict[str, str] = {}

    def doubt(self, board: Board) -> None:
        """Ask for a full read of a board's table, soon; any thread may call this."""
        self._doubted.add(board.name)

    def doubt_all(self) -> None:
        """Ask for a full read of each table, because stream records were lost."""
        self._doubted.update(self._boards)

    def run(self, stop: threading.Event) -> None:
        """Check each second until `stop` is set."""
        delay = 0.0
        while not stop.wait(delay):
            delay = self.check()

    def check(self) -> float:
        """Reconcile the boards that are due; return the seconds until the next check."""
        return max([self._check_board(board) for board in self._boards.values()])

    def _check_board(self, board: Board) -> float:
        try:
            if self._is_due(board):
                self._reconcile_now(board)
        except BusyError as error:
            trouble = str(error)
        except Exception as error:
            # Any error: the other boards must still be proven, and this one is tried again.
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
            # A run that died may have read the table before the doubt: do not resume it.
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
    """Return whether the totals are complete, and proven since their server started."""
    keys = board_keys(board.name)
    standing = read_standing(redis, keys)
    return (
        standing.definition == board.definition
        and standing.verified_server == read_server_id(redis, keys.meta)
        and not standing.is_lost
    )
