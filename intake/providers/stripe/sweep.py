"""Asks Stripe for events that no webhook has delivered."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from intake.errors import Incomplete, Unreachable, Unreadable
from intake.fetching import Fetcher
from intake.payload import read, read_id
from intake.providers.stripe.events import EVENT_TYPES, EventReader
from intake.request import DonationUpdate

# Clocks differ, and a webhook that is on its way is in no hurry.
_OVERLAP = timedelta(hours=1)
# Stripe lists no older events.
_OLDEST = timedelta(days=30)
_PAGE_EVENTS = 100
_MAX_PAGES = 500


class StripeSweeper:
    """Reads the list of undelivered events, the newest first, by the reader of the webhook."""

    every_seconds = 300.0

    def __init__(self, api_url: str, key: str, reader: EventReader) -> None:
        self._fetcher, self._url, self._reader = Fetcher("Stripe"), f"{api_url}/v1/events", reader
        self._headers = {"authorization": f"Bearer {key}"}

    def sweep(self, since: datetime, _: frozenset[str], now: datetime) -> Iterator[DonationUpdate]:
        """Yield what was not delivered; raise `Unreachable`, and `Incomplete` at the end."""
        oldest = max(since - _OVERLAP, now - _OLDEST)
        query = [
            ("delivery_success", "false"),
            ("created[gte]", str(int(oldest.timestamp()))),
            ("limit", str(_PAGE_EVENTS)),
            *(("types[]", name) for name in EVENT_TYPES),
        ]
        unread, cursor = [], ""
        for _page in range(_MAX_PAGES):
            after = [("starting_after", cursor)] if cursor else []
            events, is_last = self._list(query + after)
            for event in events:
                try:
                    told = self._reader.read(event)
                except Unreadable as error:
                    unread.append(str(error))
                    continue
                if isinstance(told, DonationUpdate):
                    yield told
            if is_last:
                break
            cursor = read_id(events[-1], "id")
        else:
            raise Unreachable(f"Stripe lists more than {_MAX_PAGES * _PAGE_EVENTS} events")
        if unread:
            raise Incomplete(f"{len(unread)} events of Stripe cannot be read: {unread[0]}")

    def _list(self, query: list[tuple[str, str]]) -> tuple[list[Mapping[str, Any]], bool]:
        page = self._fetcher.load(self._fetcher.get(self._url, query, self._headers))
        try:
            events, has_more = read(page, "data", list), read(page, "has_more", bool)
            if has_more:
                # Else there is nothing to go on from.
                read_id(events[-1] if events else None, "id")
        except Unreadable as error:
            raise Unreachable(f"Stripe's list of events is none: {error}") from None
        return events, not has_more
