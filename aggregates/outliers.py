"""Items at a time that is hardly meant: they count, and somebody is told which they are."""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from aggregates.board import Board
from aggregates.item import name_item

logger = logging.getLogger("tallyboard")

# A gift of today has no time before; 0 and "1970-01-01" are what programs write for "unknown".
_EARLIEST_MS = 946_684_800_000  # 2000-01-01
# Time zones apart, nobody gives tomorrow.
_AHEAD_SECONDS = 86_400
# Of one batch; more are the same mistake.
_LOGGED = 20


class Outlier(NamedTuple):
    """An item by its key, and its time: milliseconds since 1970 in UTC."""

    key: str
    time_ms: int

    @property
    def date(self) -> str:
        """The day that it is dated, such as 1970-01-01."""
        return f"{datetime.fromtimestamp(self.time_ms / 1000, UTC):%Y-%m-%d}"


def find_outlier_bounds(board: Board, now: float) -> tuple[float, float]:
    """Return between which times (ms) an item is none; without a time, no item is one."""
    if board.time is None:
        return float("-inf"), float("inf")
    return _EARLIEST_MS, (now + _AHEAD_SECONDS) * 1000


def log_outliers(board: Board, outliers: Sequence[Outlier]) -> None:
    """Log which items are dated long ago or ahead; keys only where the board lists them."""
    for outlier in outliers[:_LOGGED]:
        logger.warning(
            "board %s: item %s is dated %s, and counts there: correct its %s",
            board.name,
            name_item(outlier.key, is_listed=board.lists_key),
            outlier.date,
            board.time,
        )
    if len(outliers) > _LOGGED:
        more = len(outliers) - _LOGGED
        logger.warning("board %s: %d more items are dated long ago or ahead", board.name, more)
