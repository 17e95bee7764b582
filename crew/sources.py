"""What providers have sent lately, and what of it somebody should look at."""

from datetime import datetime, timedelta
from typing import NamedTuple

from intake.heard import Heard
from intake.intake import Intake

# A webhook of something that a sweep found should have come by then.
_WEBHOOK_TIME = timedelta(minutes=10)


class SourceNews(NamedTuple):
    """A source for a page: when it was last heard and asked, how much it changed, and problems.

    `note` is what of it counts nothing, and why; "" where all counts.
    """

    name: str
    platform: str
    heard_at: datetime | None
    swept_at: datetime | None
    changes: int
    note: str
    problems: tuple[str, ...]


def list_sources(intake: Intake | None, board: str) -> list[SourceNews]:
    """Return the sources of a board."""
    if intake is None:
        return []
    return [
        SourceNews(
            name=name,
            platform=opened.source.platform,
            heard_at=(heard := intake.heard.sources[name]).heard_at,
            swept_at=heard.swept_at,
            changes=heard.counts["changed"] + heard.counts["swept"],
            note=_describe_ignored(heard),
            problems=tuple(_find_problems(heard)),
        )
        for name, opened in intake.sources.items()
        if opened.source.board.name == board
    ]


def _describe_ignored(heard: Heard) -> str:
    count = heard.counts["ignored"]
    return f"Messages that count nothing: {count:,}. The last: {heard.ignored}." if count else ""


def _find_problems(heard: Heard) -> list[str]:
    """Return what somebody should look at, each with what to do."""
    problems = [f"When it was last asked: {heard.trouble}."] if heard.trouble else []
    counts = heard.counts
    if refused := counts["refused"]:
        problems.append(
            f"Requests refused: {refused:,}. The secret may not be the one that the provider shows."
        )
    if unreadable := counts["unreadable"]:
        problems.append(
            f"Requests that could not be read: {unreadable:,}. They are kept; docs/intake.md says"
            " where."
        )
    if malformed := counts["malformed"]:
        problems.append(f"Requests that were invalid: {malformed:,}. The last: {heard.ignored}.")
    found, heard_at = heard.found_at, heard.heard_at
    if found and heard_at and found - heard_at > _WEBHOOK_TIME:
        problems.append("It is found by asking, but sends nothing: look at its webhook.")
    return problems
