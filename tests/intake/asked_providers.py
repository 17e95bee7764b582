"""What providers answer to a sweep."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from tests.intake.provider_api import Asked, Reply

SINCE = datetime(2026, 11, 21, 18, 0, tzinfo=UTC)


NOBODY: frozenset[str] = frozenset()


def list_events(events: list[dict[str, Any]], page: int) -> Callable[[Asked], Reply]:
    """Return an API that lists events, the newest first, as Stripe does."""

    def answer(asked: Asked) -> Reply:
        names = [event["id"] for event in events]
        after = asked.query.get("starting_after")
        begin = names.index(after) + 1 if after else 0
        listed = events[begin : begin + page]
        return Reply({"object": "list", "data": listed, "has_more": begin + page < len(events)})

    return answer


class Tiltify:
    """Tiltify's API v5 as far as a sweep uses it."""

    def __init__(self, rows: list[dict[str, Any]], page: int = 100) -> None:
        self.rows, self.page, self.tokens = rows, page, 0

    def answer(self, asked: Asked) -> Reply:
        if asked.path == "/oauth/token":
            self.tokens += 1
            assert dict(parse_qsl(asked.body.decode())) == {
                "client_id": "client",
                "client_secret": "shh",
                "grant_type": "client_credentials",
                "scope": "public",
            }
            return Reply({"access_token": f"token-{self.tokens}", "expires_in": 7200})
        if asked.headers.get("authorization") != f"Bearer token-{self.tokens}":
            return Reply({"error": {"message": "Unauthorized"}}, 401)
        begin = int(asked.query.get("after", "0"))
        end = begin + self.page
        after = str(end) if end < len(self.rows) else None
        metadata = {"after": after, "before": None, "limit": self.page}
        return Reply({"data": self.rows[begin:end], "metadata": metadata})
