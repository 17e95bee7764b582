"""The kind `totals`: a board's totals in another table, one item a group."""

from dataclasses import dataclass

from aggregates.board import Board
from aggregates.board_fields import Fields
from sinks.definition import Boards, read_board, refuse_counted
from sinks.totals_errors import TotalsError
from sinks.totals_items import Items

KIND = "totals"
_USUAL_KEY = "group"


@dataclass(frozen=True)
class Totals:
    """The totals of `board` in the table `target`, whose key attribute `key` has the group."""

    name: str
    board: Board
    target: str
    key: str
    kind: str = KIND

    def describe(self) -> str:
        """Return what is written, and where to."""
        return (
            f"keeps the totals of {self.board.name} in the table {self.target}"
            f" (key {self.key}, one item a group, and ALL)"
        )


def read(name: str, fields: Fields, boards: Boards) -> Totals:
    """Return the totals sink of a file."""
    board = read_board(fields, boards)
    target = fields.text("target", "DonationAggregates")
    refuse_counted(fields, target, boards)
    key = fields.optional_text("key", board.group_by) or _USUAL_KEY
    try:
        Items(board, key)
    except TotalsError as error:
        raise fields.error("key", f"is {key!r}: {error}") from None
    return Totals(name, board, target, key)
