"""The groups that are shown: the first by rank, of as many as one read brings."""

import json
from collections.abc import Iterable, Mapping

from aggregates.board import Board
from aggregates.message import Sums

# What groups may take in an event, which has 64 KB: fewer are shown where their names are long.
_GROUPS_BYTES = 16_000
# Groups that are known are cut back to what a read brings when there are so many times more.
_SURPLUS = 2

# By value, the highest first, then by name.
_Rank = tuple[float, str]


class Ranking:
    """All groups down to a floor, and how many there are.

    Messages bring the groups that changed, so those above the floor stay known. Where too few are
    left of them, `needs_read` says that Redis has to be asked which come next.
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
        # No group that is not known ranks above this; None: all are known.
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
        """Take over what a group now has; None: it is gone."""
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
        """Return the groups that are shown, the first by rank first."""
        if self._shown is None:
            self._shown, size = {}, 0
            for group in sorted(self._known, key=self._rank)[: self._most]:
                totals = self._known[group]
                # A name is told again when the group is shown no more.
                size += 2 * len(json.dumps(group, ensure_ascii=False).encode()) + 32 * len(totals)
                if size > _GROUPS_BYTES:
                    break
                self._shown[group] = totals
        return self._shown

    def rest(self, all_: Sums) -> dict[str, int] | None:
        """Return the groups that are not shown as one; None where there are none."""
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
