"""What a board tells donors: where to give, until when, and what doubles a gift. Pure data."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Match:
    """A promise, shown beside the total and not part of it, until a time (ms since 1970, UTC)."""

    text: str
    until_ms: int | None = None


@dataclass(frozen=True)
class Give:
    """How to give: `address` is for typing, `ends_ms` is the event's end (ms since 1970, UTC)."""

    address: str | None = None
    ends_ms: int | None = None
    match: Match | None = None


NO_GIVE = Give()
