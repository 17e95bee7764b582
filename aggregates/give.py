"""What a board tells those who give: where, until when, and what doubles it. Pure data."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Match:
    """A promise that is told beside the total and is no part of it, until a time (UTC, ms)."""

    text: str
    until_ms: int | None = None


@dataclass(frozen=True)
class Give:
    """`address` is what a person types, `ends_ms` when the event is over (UTC, since 1970)."""

    address: str | None = None
    ends_ms: int | None = None
    match: Match | None = None


NO_GIVE = Give()
