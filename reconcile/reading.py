"""How a table is read."""

from collections.abc import Callable
from dataclasses import dataclass

from reconcile.table import PAGE_ITEMS

# A run whose process was not heard of for this long has died; another may resume it.
LEASE_SECONDS = 60.0

# Is told the number of items read so far.
TellItems = Callable[[int], None]


@dataclass(frozen=True)
class Reading:
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
