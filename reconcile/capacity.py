"""Limits the read capacity that reading a table uses."""

import math
import threading
import time
from collections.abc import Callable
from typing import Any

# A strongly consistent read of up to 4 KB takes one unit.
_UNIT_BYTES = 4096


class ReadCapacity:
    """Limits the capacity units that all threads together read per second; 0: no limit."""

    def __init__(
        self, units_per_second: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rate = units_per_second
        self._clock = clock
        self._free_at = clock()
        self._lock = threading.Lock()

    def take(self, units: float) -> float:
        """Add units that were read; return how many seconds to wait before reading more."""
        with self._lock:
            if not self._rate:
                return 0.0
            now = self._clock()
            self._free_at = max(self._free_at, now) + units / self._rate
            return self._free_at - now


def read_units(page: dict[str, Any]) -> float:
    """Return the units that a page of a Scan took; estimated if the service does not say."""
    consumed = page.get("ConsumedCapacity", {}).get("CapacityUnits")
    if consumed is not None:
        return float(consumed)
    return math.ceil(len(repr(page["Items"])) / _UNIT_BYTES)
