"""Finds the sinks of the boards that run here."""

from collections.abc import Mapping
from pathlib import Path

from aggregates.board import Board
from aggregates.board_fields import BoardError
from aggregates.board_file import read_boards
from sinks.definition import Boards, Sink
from sinks.kinds.clickhouse import ClickHouse
from sinks.kinds.page import Page
from sinks.kinds.replica import Replica
from sinks.kinds.rule import Rule
from sinks.kinds.sql import Sql
from sinks.kinds.totals import Totals
from sinks.sink_file import read_sinks

RecordSink = Replica | Rule | Sql | ClickHouse


def choose_sinks(boards: Boards, beside: str) -> tuple[dict[str, Sink], list[BoardError]]:
    """Return the sinks of `boards` by name, and why other files cannot be used.

    They are in the folders beside the board files of `beside`, which may also have sinks of their
    other boards. A sink of a table that is no board's is one of all boards.
    """
    places = [Path(part) for part in map(str.strip, beside.split(",")) if part]
    folders = {str(path if path.is_dir() else path.parent) for path in places}
    others, _ = read_boards(",".join(sorted(folders)))
    sinks, errors = read_sinks(beside, {**others, **boards})
    foreign = {board.table for board in others.values()} - {b.table for b in boards.values()}
    return {n: sink for n, sink in sinks.items() if _is_of(sink, boards, foreign)}, errors


def choose_total_sinks(boards: Boards, beside: str) -> list[Page | Totals]:
    """Return the total sinks of `boards`. Raises `BoardError`."""
    sinks, errors = choose_sinks(boards, beside)
    if errors:
        raise errors[0]
    return [sink for sink in sinks.values() if isinstance(sink, Page | Totals)]


def choose_record_sinks(sinks: Mapping[str, Sink]) -> dict[str, RecordSink]:
    """Return those of some sinks that take records."""
    return {name: sink for name, sink in sinks.items() if isinstance(sink, RecordSink)}


def _is_of(sink: Sink, boards: Boards, foreign: set[str]) -> bool:
    if isinstance(sink, Replica | Rule):
        return sink.source.table not in foreign
    board = getattr(sink, "board", None)
    return isinstance(board, Board) and board.name in boards
