"""Which screens are there: open streams by board and by kind of screen."""

from collections import Counter

# What `?as=` may say; everything else counts as "other", so that nobody can make up kinds.
KINDS = ("wall", "upright", "overlay", "phone", "page", "crew")
OTHER = "other"


def name_kind(text: str | None) -> str:
    """Return the kind that a client says it is."""
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
        """Return how many screens of each kind show a board, 0 where there is none."""
        return {kind: self._screens[board, kind] for kind in (*KINDS, OTHER)}
