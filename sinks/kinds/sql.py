"""The kind `sql`: a board's table as rows that SQL can be asked of."""

from dataclasses import dataclass

from aggregates.board import Board
from aggregates.board_fields import Fields
from sinks.definition import Boards, Source, read_board

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
    example = '["email", "phone"]'
    value = fields.get("hidden", list, f"a list of attribute names, such as {example}")
    hidden = frozenset(fields.texts("hidden", value, example) if value is not None else ())
    measured = [measure.attribute for measure in board.measures]
    needed = [*board.key, board.group_by, *([board.time] if board.time else []), *measured]
    for attribute in needed:
        if attribute in hidden or attribute.partition(".")[0] in hidden:
            raise fields.error(
                "hidden", f"has {attribute!r}, which the board {board.name} needs; remove it"
            )
    return Sql(name, Source(board.table, board.key), board, hidden)
