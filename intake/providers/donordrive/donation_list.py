"""The pages of one list of DonorDrive's."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from aggregates.units import CURRENCY_EXPONENTS
from intake.errors import Unreachable
from intake.fetching import Fetched, Fetcher
from intake.payload import find

# The most that DonorDrive gives at once.
PAGE_ROWS = 100
_MAX_PAGES = 2000
# How often the list is read again from its beginning when it changed while it was read.
_TRIES = 3
# What was read longer ago says nothing of now.
_RESUMED_WITHIN = timedelta(minutes=10)


class Whole(NamedTuple):
    """All rows. `is_certain` is whether what is not among them is not in the list."""

    rows: list[Any]
    is_certain: bool


class _Begun(NamedTuple):
    """A reading that broke off: the rows of the first `pages` pages, read since `at`."""

    rows: list[Any]
    pages: int
    is_certain: bool
    at: datetime


class DonationList:
    """Donations at a place such as `participants/531203`."""

    def __init__(self, fetcher: Fetcher, url: str, place: str, currency: str) -> None:
        self._fetcher, self._url, self._place = fetcher, url, place
        self._currency = currency
        self._begun: _Begun | None = None

    def find_currency(self) -> str:
        """Return the currency of all amounts, which no row says."""
        if not self._currency:
            told = self._fetcher.get(f"{self._url}/about", {"version": "1.3"})
            code = str(find(self._fetcher.load(told), "currency.label")).strip().upper()
            if code not in CURRENCY_EXPONENTS:
                raise Unreachable(
                    f"the program calls its currency {code[:20]!r}; write its code into the file"
                    ' of sources, such as currency = "USD"'
                )
            self._currency = code
        return self._currency

    def read_newest(self, etag: str) -> tuple[list[Any], str] | None:
        """Return the newest page and its ETag; None where the page still has the ETag."""
        fetched = self._fetch(0, "createdDateUTC DESC", etag)
        return None if fetched.is_unchanged else (self._load(fetched), fetched.etag)

    def read_all(self, now: datetime) -> Whole:
        """Return all rows, the oldest first, so that new ones move none of them.

        Each page begins with the last row of the one before it: where it does not, a row was taken
        out meanwhile, and another one was passed over. After `Unreachable`, the next call goes on
        where this one ended: a long list may have more pages than DonorDrive gives at once.
        """
        rows: list[Any] = []
        for _ in range(_TRIES):
            rows, is_certain = self._read_once(now)
            if is_certain:
                return Whole(rows, is_certain=True)
        return Whole(rows, is_certain=False)

    def _read_once(self, now: datetime) -> Whole:
        begun = self._begun
        if begun is None or abs(now - begun.at) > _RESUMED_WITHIN:
            begun = _Begun([], 0, is_certain=True, at=now)
        rows, pages, is_certain, at = begun
        while pages < _MAX_PAGES:
            page = self._load(self._fetch(pages * (PAGE_ROWS - 1), "createdDateUTC ASC"))
            last = find(rows[-1], "donationID") if rows else None
            is_next = bool(page) and last is not None and find(page[0], "donationID") == last
            is_certain &= is_next or not pages
            rows = rows + (page[1:] if is_next else page)
            pages += 1
            if len(page) < PAGE_ROWS:
                self._begun = None
                return Whole(rows, is_certain)
            self._begun = _Begun(rows, pages, is_certain, at)
        self._begun = None
        raise Unreachable(f"the list has more than {_MAX_PAGES * PAGE_ROWS:,} donations")

    def _fetch(self, offset: int, order: str, etag: str = "") -> Fetched:
        query = {
            "limit": str(PAGE_ROWS),
            "offset": str(offset),
            "orderBy": order,
            "version": "1.3",
        }
        return self._fetcher.get(f"{self._url}/{self._place}/donations", query, etag=etag)

    def _load(self, fetched: Fetched) -> list[Any]:
        rows = self._fetcher.load(fetched)
        if not isinstance(rows, list):
            raise Unreachable("DonorDrive answered with something that is no list of donations")
        return rows
