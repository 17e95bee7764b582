"""What a table's items count for, and whether the ledger says the same."""

from typing import Any

from aggregates.board import ALL, Board
from reconcile.ledger import COUNTED, REJECTED, REMOVED, Entry
from tests.faults.table import Table, Totals


def tells(entry: Entry | None, image: dict[str, Any] | None) -> bool:
    """Return whether a ledger entry matches an item."""
    if image is None:
        return entry is None or entry.kind == REMOVED
    if entry is None:
        return False
    if "S" in image["amount"]:
        return entry.kind == REJECTED
    cents = int(image["amount"]["N"].replace(".", ""))
    return (entry.kind, entry.values) == (COUNTED, (cents,))


def count_groups(board: Board, table: Table) -> Totals:
    """Return a table's totals by the groups that a board knows."""
    totals, _, _ = table.count()
    groups = board.groups
    if groups.others is None:
        return totals
    found: Totals = {}
    for group, sums in totals.items():
        name = group if group in (ALL, *groups.known) else groups.others
        of_group = found.setdefault(name, dict.fromkeys(sums, 0))
        for measure, value in sums.items():
            of_group[measure] += value
    return found
