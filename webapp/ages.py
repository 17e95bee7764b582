"""How long ago something was."""

from datetime import UTC, datetime


def seconds_since(at: str | datetime | None) -> float | None:
    """Return how long ago a time was; None where it is none."""
    try:
        moment = datetime.fromisoformat(at) if isinstance(at, str) else at
        return None if moment is None else (datetime.now(UTC) - moment).total_seconds()
    except (TypeError, ValueError, OverflowError):
        return None
