"""Selects the groups that are shown: the first by rank."""

import json
from collections.abc import Iterable, Mapping

from aggregates.board import Board
from aggregates.message import Sums

# The groups' share of an event, which has 64 KB: if names are long, fewer groups are shown.
_GROUPS_BYTES = 16_000
# Known groups are cut back to the size of one read when there are this many times more.
_SURPLUS = 2

# Sorts by value, the highest first, then by name.
_Rank = tuple[float, str]


class Ranking:
    """All groups down to a floor, and the number of all groups.

    Messages have the groups that changed, so all groups above the floor stay known. If too few of
    them are left, `needs_read` says that Redis must be read for the next ones.
    """

    def __init__(
        self,
        board: Board,
        groups: Mapping[str, Sums],
        count: int,
        read: int,
        numbers: Mapping[str, int],
    ) -> None:
        self._measure, self._most, self._read = board.rank_measure, board.shown, read
        self._known = dict(groups)
        self._numbers = dict(numbers)
        self.count = count
        # No unknown group ranks above this; None: all groups are known.
        self._floor: _Rank | None = None
        if count > len(groups):
            self._floor = max(map(self._rank, self._known), default=(float("-inf"), ""))
        self._shown: dict[str, Sums] | None = None

    @property
    def needs_read(self) -> bool:
        """Whether groups that should be shown may not be known."""
        return len(self._known) < min(self._most, self.count)

    def number(self, groups: Iterable[str]) -> dict[str, int]:
        """Return in which order groups appeared, of those of which that is known."""
        return {group: self._numbers[group] for group in groups if group in self._numbers}

    def change(self, group: str, totals: Sums | None, number: int | None = None) -> None:
        """Set a group's totals; None removes the group."""
        if number is not None:
            self._numbers[group] = number
        self._shown = None
        self._known.pop(group, None)
        if totals is None:
            return
        self._known[group] = totals
        if self._floor is not None and self._rank(group) > self._floor:
            del self._known[group]
        elif len(self._known) > _SURPLUS * self._read:
            kept = sorted(self._known, key=self._rank)[: self._read]
            self._known = {name: self._known[name] for name in kept}
            self._numbers = self.number(kept)
            self._floor = self._rank(kept[-1])

    def shown(self) -> dict[str, Sums]:
        """Return the groups that are shown, in order of rank."""
        if self._shown is None:
            self._shown, size = {}, 0
            for group in sorted(self._known, key=self._rank)[: self._most]:
                totals = self._known[group]
                # Twice: an update may also name a group that is no longer shown.
                size += 2 * len(json.dumps(group, ensure_ascii=False).encode()) + 32 * len(totals)
                if size > _GROUPS_BYTES:
                    break
                self._shown[group] = totals
        return self._shown

    def rest(self, all_: Sums) -> dict[str, int] | None:
        """Return the groups that are not shown, added up; None if there are none."""
        shown = self.shown()
        if self.count <= len(shown):
            return None
        sums = {
            name: value - sum(totals.get(name, 0) for totals in shown.values())
            for name, value in all_.items()
        }
        return {"groups": self.count - len(shown), **sums}

    def _rank(self, group: str) -> _Rank:
        return -self._known[group].get(self._measure, 0), group
