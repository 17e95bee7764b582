"""Counts connected screens: open streams by board and kind of screen."""

from collections import Counter

# Valid values of `?as=`; everything else counts as "other", so that clients cannot invent kinds.
KINDS = ("wall", "upright", "overlay", "phone", "page", "crew")
OTHER = "other"


def name_kind(text: str | None) -> str:
    """Return the kind of screen that a client names."""
    return text if text in KINDS else OTHER


class Presence:
    """Counts screens as they come and go."""

    def __init__(self) -> None:
        self._screens: Counter[tuple[str, str]] = Counter()

    def enter(self, board: str, kind: str) -> None:
        self._screens[board, kind] += 1

    def leave(self, board: str, kind: str) -> None:
        self._screens[board, kind] -= 1

    def count(self, board: str) -> dict[str, int]:
        """Return how many screens of each kind show a board, 0 included."""
        return {kind: self._screens[board, kind] for kind in (*KINDS, OTHER)}
