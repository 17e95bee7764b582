"""The pages of one list of DonorDrive's."""

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


class Whole(NamedTuple):
    """All rows. `is_certain` is whether what is not among them is not in the list."""

    rows: list[Any]
    is_certain: bool


class DonationList:
    """Donations at a place such as `participants/531203`."""

    def __init__(self, fetcher: Fetcher, url: str, place: str, currency: str) -> None:
        self._fetcher, self._url, self._place = fetcher, url, place
        self._currency = currency

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

    def read_all(self) -> Whole:
        """Return all rows, the oldest first, so that new ones move none of them.

        Each page begins with the last row of the one before it: where it does not, a row was taken
        out meanwhile, and another one was passed over.
        """
        rows: list[Any] = []
        for _ in range(_TRIES):
            rows, is_certain = self._read_once()
            if is_certain:
                return Whole(rows, is_certain=True)
        return Whole(rows, is_certain=False)

    def _read_once(self) -> Whole:
        rows = self._load(self._fetch(0, "createdDateUTC ASC"))
        size, is_certain = len(rows), True
        for number in range(1, _MAX_PAGES):
            if size < PAGE_ROWS:
                return Whole(rows, is_certain)
            page = self._load(self._fetch(number * (PAGE_ROWS - 1), "createdDateUTC ASC"))
            size, last = len(page), find(rows[-1], "donationID")
            is_next = bool(page) and last is not None and find(page[0], "donationID") == last
            is_certain &= is_next
            rows += page[1:] if is_next else page
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
