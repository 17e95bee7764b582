"""Which columns a file of all gifts has, and in which order its rows stand."""

from collections.abc import Sequence

from crew.gifts import Gifts, Row


def list_columns(gifts: Gifts, rows: Sequence[Row]) -> list[str]:
    """Return all attributes that rows have: first the key and what the board counts."""
    board = gifts.board
    first = [*board.key, board.time, board.group_by, *(m.attribute for m in board.measures)]
    named = dict.fromkeys(name for name in first if name)
    tops = {name.partition(".")[0] for name in named}
    found = {name for row in rows for name in row.item}
    return [*named, *sorted(found - named.keys() - tops)]


def tell_counted(gifts: Gifts, row: Row) -> tuple[str, str]:
    """Return whether a gift counts, and why not."""
    return ("yes", "") if row.contribution is not None else ("no", gifts.show(row).reason)


def sort_rows(rows: Sequence[Row]) -> list[Row]:
    """Return rows with the oldest first."""
    return sorted(rows, key=lambda row: row.order)
