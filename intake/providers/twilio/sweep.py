"""Asks Twilio for the texts to a number: what neither the webhook nor its fallback has told."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import urllib3

from aggregates.board_fields import Fields
from intake.errors import Incomplete, Malformed, Unreachable
from intake.fetching import Fetcher
from intake.payload import find
from intake.providers.twilio.message import Message, Mode, make_message
from intake.request import DonationUpdate, Vote

_NAMES = ("sid", "from", "body")
_PAGE_MESSAGES = 1000
_MAX_PAGES = 1000
# The first sweep of all must not count what was sent to the number for another event.
_FIRST = timedelta(days=1)
# Twilio may still be sending what is newer, and its writer be answered.
_SETTLED = timedelta(minutes=2)


class TwilioSweeper:
    """Reads the list of messages of one account."""

    every_seconds = 300.0

    def __init__(
        self, fetcher: Fetcher, url: str, account: str, token: str, number: str, mode: Mode
    ) -> None:
        self._fetcher, self._url, self._number, self._mode = fetcher, url, number, mode
        self._account = account
        self._path = f"/2010-04-01/Accounts/{account}/Messages.json"
        self._headers = urllib3.make_headers(basic_auth=f"{account}:{token}")
        self._begin: datetime | None = None
        # What this process has written already, by message, with its time.
        self._written: dict[str, datetime] = {}

    def begin_at(self, since: Any, fields: Fields) -> "TwilioSweeper":
        """Count nothing that was sent before a moment of the file of sources."""
        if since is not None:
            if not isinstance(since, datetime) or since.tzinfo is None:
                raise fields.error("since", "is no time; write one such as 2026-11-21T18:00:00Z")
            self._begin = since.astimezone(UTC)
        return self

    def sweep(
        self, since: datetime, _: frozenset[str], now: datetime
    ) -> Iterator[DonationUpdate | Vote]:
        """Yield what was sent since then, the oldest first."""
        begin = self._begin or (now - _FIRST if since.year < 2000 else since)
        begin = max(begin, since)
        messages, unread = self._read_all(begin, now - _SETTLED)
        self._written = {name: at for name, at in self._written.items() if at >= begin}
        for message in messages:
            if message.message_id in self._written:
                continue
            try:
                taken = self._mode.read(message)
            except Exception:
                # One text that this version cannot read holds back no other, and is not shown.
                unread += 1
                continue
            if taken is not None:
                yield taken.update
            self._written[message.message_id] = message.at
        if unread:
            raise Incomplete(f"{unread} texts in Twilio's list cannot be read, nor counted")

    def _read_all(self, begin: datetime, end: datetime) -> tuple[list[Message], int]:
        """Return the texts of a time, in its order, and how many could not be read."""
        query = {
            "To": self._number,
            "DateSent>": f"{begin:%Y-%m-%dT%H:%M:%SZ}",
            "PageSize": str(_PAGE_MESSAGES),
        }
        messages, unread = [], 0
        page = self._fetch(self._path, query)
        for _ in range(_MAX_PAGES):
            rows = find(page, "messages")
            if not isinstance(rows, list):
                raise Unreachable("Twilio answered with something that is no list of messages")
            for row in rows:
                if find(row, "direction") != "inbound" or find(row, "to") != self._number:
                    continue
                try:
                    message = _read_row(row)
                except Malformed:
                    unread += 1
                    continue
                if begin <= message.at <= end:
                    messages.append(message)
            following = find(page, "next_page_uri")
            if following is None:
                # The list has the newest first; of one second, too.
                messages.reverse()
                return sorted(messages, key=lambda message: message.at), unread
            # It goes nowhere else: the request has the token.
            if not isinstance(following, str) or not following.startswith(f"{self._path}?"):
                raise Unreachable("Twilio's list of messages goes on at another address")
            page = self._fetch(following)
        raise Unreachable(f"Twilio lists more than {_MAX_PAGES * _PAGE_MESSAGES:,} messages")

    def _fetch(self, path: str, query: Mapping[str, str] | None = None) -> Any:
        url = self._url + path
        return self._fetcher.load(self._fetcher.get(url, query or {}, self._headers))


def _read_row(row: Any) -> Message:
    """Return a message of the list; raise `Malformed`."""
    text = find(row, "date_sent") or find(row, "date_created")
    try:
        at = parsedate_to_datetime(text).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        raise Malformed("the message has no time") from None
    found = {name: value for name in _NAMES if isinstance(value := find(row, name), str)}
    return make_message(found, _NAMES, at)
