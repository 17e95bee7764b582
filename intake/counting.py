"""Which donations of a source count now, kept up to date in memory."""

import threading
from collections.abc import Iterable


class Counting:
    """The ids of a source's donations that count; threads share it.

    Writes are noted from the beginning, also while the table is still being read: what was noted
    is newer than what is read.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ids: set[str] = set()
        # What was written while the table was being read; None afterwards.
        self._noted: dict[str, bool] | None = {}

    def note(self, donation_id: str, *, counts: bool) -> None:
        """Note that a donation was written."""
        with self._lock:
            if self._noted is not None:
                self._noted[donation_id] = counts
            elif counts:
                self._ids.add(donation_id)
            else:
                self._ids.discard(donation_id)

    def fill(self, ids: Iterable[str]) -> None:
        """Take what the table had while writes were noted."""
        found = set(ids)
        with self._lock:
            noted = self._noted or {}
            found |= {name for name, counts in noted.items() if counts}
            found -= {name for name, counts in noted.items() if not counts}
            self._ids, self._noted = found, None

    @property
    def is_filled(self) -> bool:
        with self._lock:
            return self._noted is None

    def list(self) -> frozenset[str]:
        """Return the ids of now."""
        with self._lock:
            return frozenset(self._ids)
