"""The columns of a file of all gifts, and the order of its rows."""

from collections.abc import Sequence

from crew.gifts import Gifts, Row


def list_columns(gifts: Gifts, rows: Sequence[Row]) -> list[str]:
    """Return all attributes of the rows: first the key, then those the board counts."""
    board = gifts.board
    first = [*board.key, board.time, board.group_by, *(m.attribute for m in board.measures)]
    named = dict.fromkeys(name for name in first if name)
    tops = {name.partition(".")[0] for name in named}
    found = {name for row in rows for name in row.item}
    return [*named, *sorted(found - named.keys() - tops)]


def tell_counted(gifts: Gifts, row: Row) -> tuple[str, str]:
    """Return "yes" or "no" for whether a gift counts, and the reason if it does not."""
    return ("yes", "") if row.contribution is not None else ("no", gifts.show(row).reason)


def sort_rows(rows: Sequence[Row]) -> list[Row]:
    """Return the rows sorted, oldest first."""
    return sorted(rows, key=lambda row: row.order)
