"""Follows a list of DonorDrive's: what is new in seconds, what is gone in minutes."""

from collections.abc import Generator, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from intake.errors import Incomplete
from intake.providers.donordrive.donation_list import PAGE_ROWS, DonationList
from intake.providers.donordrive.rows import HIDDEN, Row, RowReader, make_gone
from intake.request import DonationUpdate

_ALL_EVERY = timedelta(minutes=5)
# All rows are written again within so many readings of them: an hour.
_TURNS = 12
# So many donations, and more than half, are not taken back at once: that is rather a fault.
_MANY_GONE = 5


class DonorDriveSweeper:
    """Asks for the newest page each time, and for all pages now and then.

    A donation that two certain readings of all pages in a row have not is gone.
    """

    every_seconds = 20.0

    def __init__(
        self, donations: DonationList, reader: RowReader, all_every: timedelta = _ALL_EVERY
    ) -> None:
        self._list, self._reader, self._all_every = donations, reader, all_every
        self._all_at: datetime | None = None
        self._etag = ""
        # What was written of each donation: it is written again an hour later at the latest, since
        # a process that ends while this one begins may have written an older look last.
        self._written: dict[str, int] = {}
        self._readings = 0
        self._seen: set[str] = set()
        self._missed: frozenset[str] = frozenset()
        # What cannot be counted: by id, and rows without one.
        self._problems: dict[str, str] = {}
        self._without_id = 0
        self._doubts = ""

    def sweep(self, _: datetime, known: frozenset[str], now: datetime) -> Iterator[DonationUpdate]:
        """Yield what has changed; raise `Incomplete` at the end where something cannot be counted.

        The list is the donations of now, whatever was told since when.
        """
        currency = self._list.find_currency()
        is_due = self._all_at is None or abs(now - self._all_at) >= self._all_every
        if is_due or not (yield from self._follow_newest(known, currency, now)):
            yield from self._follow_all(known, currency, now)
        if trouble := self._describe():
            raise Incomplete(trouble)

    def _follow_newest(
        self, known: frozenset[str], currency: str, now: datetime
    ) -> Generator[DonationUpdate, None, bool]:
        """Yield what is new on the newest page; return whether that page is enough."""
        told = self._list.read_newest(self._etag)
        if told is None:
            return True
        page, etag = told
        # Where a full page ends with a row that is new, there are more of them.
        is_enough = len(page) < PAGE_ROWS or self._reader.name(page[-1]) in self._seen
        without_id, self._without_id = self._without_id, 0
        yield from self._write(page, known, currency, now)
        self._without_id = max(self._without_id, without_id)
        self._etag = etag
        return is_enough

    def _follow_all(
        self, known: frozenset[str], currency: str, now: datetime
    ) -> Iterator[DonationUpdate]:
        rows, is_certain = self._list.read_all(now)
        self._problems, self._without_id, self._seen = {}, 0, set()
        self._forget_some()
        yield from self._write(rows, known, currency, now)
        self._doubts = "" if is_certain else "the list changes faster than it can be read"
        # A row without an id may be any of those that are missed.
        if not is_certain or self._without_id:
            self._missed -= self._seen
        else:
            missed = known - self._seen
            gone, self._missed = missed & self._missed, missed
            if len(missed) > _MANY_GONE and len(missed) * 2 > len(known):
                self._doubts = (
                    f"{len(missed)} of {len(known)} donations are no longer listed, which is rather"
                    " a fault of DonorDrive's; if it is not, take them back on the crew's page"
                )
            else:
                yield from self._take_back(gone, currency, now)
        self._all_at = now

    def _write(
        self, rows: Iterable[Any], known: frozenset[str], currency: str, now: datetime
    ) -> Iterator[DonationUpdate]:
        for raw in rows:
            row = self._reader.read(raw, currency, now)
            if not row.donation_id:
                self._without_id += 1
                continue
            self._seen.add(row.donation_id)
            self._note_problem(row, known)
            if row.update is None or self._written.get(row.donation_id) == row.digest:
                continue
            yield row.update
            # Whoever asks for the next one has written this one.
            self._written[row.donation_id] = row.digest

    def _forget_some(self) -> None:
        """Forget a part of what was written, another one at each reading of all rows."""
        turn, self._readings = self._readings % _TURNS, self._readings + 1
        self._written = {
            name: digest for name, digest in self._written.items() if hash(name) % _TURNS != turn
        }

    def _take_back(
        self, gone: Iterable[str], currency: str, now: datetime
    ) -> Iterator[DonationUpdate]:
        for donation_id in sorted(gone):
            yield make_gone(donation_id, currency, now)
            self._written.pop(donation_id, None)

    def _note_problem(self, row: Row, known: frozenset[str]) -> None:
        # A donation whose amount was hidden later still counts for what it was.
        if row.problem and not (row.problem == HIDDEN and row.donation_id in known):
            self._problems[row.donation_id] = row.problem
        else:
            self._problems.pop(row.donation_id, None)

    def _describe(self) -> str:
        """Return what a person should know; "" where all is counted."""
        hidden = sum(problem == HIDDEN for problem in self._problems.values())
        counts = {
            "with a hidden amount, which DonorDrive counts and does not tell": hidden,
            "that cannot be read": len(self._problems) - hidden,
            "without a donationID, which could be counted twice": self._without_id,
        }
        parts = [f"{count} {what}" for what, count in counts.items() if count]
        not_counted = [f"not counted: {'; '.join(parts)}"] if parts else []
        return "; ".join([*([self._doubts] if self._doubts else []), *not_counted])
