"""The kind `sql`: a board's table as rows that SQL can be asked of."""

from dataclasses import dataclass

from aggregates.board import Board
from aggregates.board_fields import Fields
from sinks.definition import Boards, Source, read_board, read_hidden

KIND = "sql"


@dataclass(frozen=True)
class Sql:
    """The rows of `board`, kept by the service `explore`; `hidden` attributes never get there."""

    name: str
    source: Source
    board: Board
    hidden: frozenset[str] = frozenset()
    kind: str = KIND

    def describe(self) -> str:
        """Return what can be asked."""
        without = f" (without {', '.join(sorted(self.hidden))})" if self.hidden else ""
        return f"answers SQL over the table {self.source.table}{without}"


def read(name: str, fields: Fields, boards: Boards) -> Sql:
    """Return the SQL sink of a file."""
    board = read_board(fields, boards)
    hidden = read_hidden(fields, board)
    return Sql(name, Source(board.table, board.key), board, hidden)
