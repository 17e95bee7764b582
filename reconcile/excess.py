"""Computes by how much some totals exceed others."""

import re
from collections.abc import Iterable, Mapping

from aggregates.board import Board
from aggregates.totals import Totals

_INTEGER = re.compile(rb"-?\d+")


def find_excess(found: Mapping[bytes, bytes], added: Totals) -> Totals:
    """Return by how much a Redis hash exceeds `added`, by place; negative where it has less."""
    excess = {
        place: {measure: -value for measure, value in measures.items()}
        for place, measures in added.items()
    }
    for name, text in found.items():
        place, _, measure = name.decode().rpartition(":")
        sums = excess.setdefault(place, {})
        # A value that is not an integer counts as 0; a reconcile sets it to 0 when it begins.
        value = int(text) if _INTEGER.fullmatch(text) else 0
        sums[measure] = sums.get(measure, 0) + value
    return without_zeros(excess)


def add_values(
    totals: Totals, places: Iterable[str], board: Board, values: Iterable[int], sign: int
) -> None:
    """Add (`sign` 1) or subtract (-1) one item in all `places`."""
    added = list(zip(board.counted_names, (1, *values), strict=True))
    for place in places:
        measures = totals.setdefault(place, {})
        for name, value in added:
            measures[name] = measures.get(name, 0) + sign * value


def without_zeros(totals: Mapping[str, Mapping[str, int]]) -> Totals:
    """Return the totals that are not zero, sorted by place."""
    found = {
        place: {name: value for name, value in measures.items() if value}
        for place, measures in sorted(totals.items())
    }
    return {place: measures for place, measures in found.items() if measures}
