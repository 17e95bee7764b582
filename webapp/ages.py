"""Computes how long ago something was."""

from datetime import UTC, datetime


def seconds_since(at: str | datetime | None) -> float | None:
    """Return how many seconds ago a time was; None if it is not a time."""
    try:
        moment = datetime.fromisoformat(at) if isinstance(at, str) else at
        return None if moment is None else (datetime.now(UTC) - moment).total_seconds()
    except (TypeError, ValueError, OverflowError):
        return None
