"""Finds and logs items whose time is probably a mistake. They count all the same."""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from aggregates.board import Board
from aggregates.item import name_item

logger = logging.getLogger("tallyboard")

# No gift of today is older; programs write 0 or "1970-01-01" for "unknown".
_EARLIEST_MS = 946_684_800_000  # 2000-01-01
# A day covers a mistake in the time zone.
_AHEAD_SECONDS = 86_400
# Logged per batch; more are probably the same mistake.
_LOGGED = 20


class Outlier(NamedTuple):
    """An item's key, and its time in milliseconds since 1970, UTC."""

    key: str
    time_ms: int

    @property
    def date(self) -> str:
        """The day of its time, such as 1970-01-01."""
        return f"{datetime.fromtimestamp(self.time_ms / 1000, UTC):%Y-%m-%d}"


def find_outlier_bounds(board: Board, now: float) -> tuple[float, float]:
    """Return the earliest and latest plausible time (ms); infinite on a board without a time."""
    if board.time is None:
        return float("-inf"), float("inf")
    return _EARLIEST_MS, (now + _AHEAD_SECONDS) * 1000


def log_outliers(board: Board, outliers: Sequence[Outlier]) -> None:
    """Log the items dated before 2000 or in the future; their keys only if the board lists them."""
    for outlier in outliers[:_LOGGED]:
        logger.warning(
            "board %s: item %s is dated %s, which is probably wrong; it is counted at that date:"
            " correct its %s",
            board.name,
            name_item(outlier.key, is_listed=board.lists_key),
            outlier.date,
            board.time,
        )
    if len(outliers) > _LOGGED:
        more = len(outliers) - _LOGGED
        logger.warning(
            "board %s: %d more items have dates that are probably wrong", board.name, more
        )
