"""Asks Tiltify for a campaign's donations of the last time (API v5, OAuth client credentials)."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from intake.errors import Incomplete, Unreachable, Unreadable
from intake.fetching import Fetcher
from intake.payload import find, read, read_id, read_natural
from intake.providers.tiltify.donations import read_donation
from intake.request import DonationUpdate

# Clocks differ, and a donation may be listed late, or corrected.
_OVERLAP = timedelta(hours=1)
_1970 = datetime(1970, 1, 1, tzinfo=UTC)
_PAGE_DONATIONS = 100
_MAX_PAGES = 1000
# A token is asked for again before it ends.
_TOKEN_MARGIN = timedelta(minutes=1)
_MAX_TOKEN_SECONDS = 86_400


class TiltifySweeper:
    """Reads the list of one campaign at `path`, page by page."""

    every_seconds = 300.0

    def __init__(self, api_url: str, path: str, client_id: str, client_secret: str) -> None:
        self._fetcher = Fetcher("Tiltify")
        self._url, self._token_url = api_url + path, f"{api_url}/oauth/token"
        self._credentials = {"client_id": client_id, "client_secret": client_secret}
        self._token, self._token_ends = "", datetime.min.replace(tzinfo=UTC)

    def sweep(self, since: datetime, _: frozenset[str], now: datetime) -> Iterator[DonationUpdate]:
        """Yield what was given since then; raise `Unreachable`, and `Incomplete` at the end."""
        query = [("limit", str(_PAGE_DONATIONS))]
        # The first sweep asks for all that there is.
        if since > _1970 + _OVERLAP:
            begin = (since - _OVERLAP).isoformat().replace("+00:00", "Z")
            query.append(("completed_after", begin))
        unread, cursor = [], ""
        for _page in range(_MAX_PAGES):
            after = [("after", cursor)] if cursor else []
            rows, following = self._list(query + after, now)
            for row in rows:
                try:
                    yield read_donation(row, now, is_look=True)
                except Unreadable as error:
                    unread.append(str(error))
            if not following:
                break
            if following == cursor:
                raise Unreachable("Tiltify's list of donations does not go on")
            cursor = following
        else:
            raise Unreachable(f"Tiltify lists more than {_MAX_PAGES * _PAGE_DONATIONS} donations")
        if unread:
            raise Incomplete(f"{len(unread)} donations at Tiltify cannot be read: {unread[0]}")

    def _list(
        self, query: list[tuple[str, str]], now: datetime
    ) -> tuple[list[Mapping[str, Any]], str]:
        """Return a page, and the cursor of the following one."""
        headers = {"authorization": f"Bearer {self._find_token(now)}"}
        try:
            page = self._fetcher.load(self._fetcher.get(self._url, query, headers))
        except Unreachable:
            # It may be the token, which Tiltify can take back at any time.
            self._token = ""
            raise
        try:
            rows = read(page, "data", list)
            has_more = find(page, "metadata.after") is not None
            return rows, read_id(page, "metadata.after") if has_more else ""
        except Unreadable as error:
            raise Unreachable(f"Tiltify's list of donations is none: {error}") from None

    def _find_token(self, now: datetime) -> str:
        if self._token and now < self._token_ends:
            return self._token
        asked = self._credentials | {"grant_type": "client_credentials", "scope": "public"}
        answer = self._fetcher.load(self._fetcher.post_form(self._token_url, asked))
        try:
            token = str(read(answer, "access_token", str))
            seconds = min(read_natural(answer, "expires_in"), _MAX_TOKEN_SECONDS)
        except Unreadable:
            token, seconds = "", 0
        if not token.isascii() or not token.isprintable() or not token:
            # What was answered is not said: it may be a token.
            raise Unreachable("Tiltify gave no token")
        self._token = token
        self._token_ends = now + timedelta(seconds=seconds) - _TOKEN_MARGIN
        return token
