"""Options for reading a table."""

from collections.abc import Callable
from dataclasses import dataclass

from reconcile.table import PAGE_ITEMS

# A process that has not renewed its lease for this long is dead; another may resume its run.
LEASE_SECONDS = 60.0

# Called with the number of items read so far.
TellItems = Callable[[int], None]


@dataclass(frozen=True)
class Reading:
    """How a table is read.

    `segments` are read in parallel, with at most `read_items` per read and
    `read_units_per_second` capacity units in all (0: no limit). If the totals are not proven on
    this server, data may just have been lost: the run first waits `settle_seconds`, until calls of
    the function from before the loss have ended.
    """

    segments: int = 4
    read_items: int = PAGE_ITEMS
    read_units_per_second: float = 0.0
    settle_seconds: float = 0.0
    lease_seconds: float = LEASE_SECONDS
