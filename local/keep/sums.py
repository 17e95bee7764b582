"""Adds up items with the board's own reader, to compare both sides of a move."""

from collections.abc import Iterable
from dataclasses import dataclass

from aggregates.board import ALL, COUNT, Board
from aggregates.contribution import Rejected, contribution_reader
from donations.image_json import Image


@dataclass(frozen=True)
class Sums:
    """Totals by group, including `ALL`, and the numbers of items outside the board and rejected."""

    totals: dict[str, dict[str, int]]
    outside: int
    rejected: int

    @property
    def items(self) -> int:
        return self.totals[ALL][COUNT] + self.outside + self.rejected


def add_up(board: Board, images: Iterable[Image]) -> Sums:
    """Return the sums of a table's items."""
    read = contribution_reader(board)
    names = [COUNT, *(measure.name for measure in board.measures)]
    totals: dict[str, dict[str, int]] = {ALL: dict.fromkeys(names, 0)}
    outside = rejected = 0
    for image in images:
        try:
            counted = read(image)
        except Rejected:
            rejected += 1
            continue
        if counted is None:
            outside += 1
            continue
        for group in (ALL, counted.group):
            row = totals.setdefault(group, dict.fromkeys(names, 0))
            for name, value in zip(names, (1, *counted.values), strict=True):
                row[name] += value
    return Sums(totals, outside, rejected)
