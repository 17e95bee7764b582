"""What several sinks' files cannot say together."""

from collections.abc import Collection, Iterable

from aggregates.board import Board
from sinks.definition import Sink, Source
from sinks.kinds.clickhouse import ClickHouse


def find_conflict(sink: Sink, others: Collection[Sink]) -> str | None:
    """Return why a sink cannot be beside others, for a person: one target of two, or a circle.

    Rules may share a target: each of their items has a key of its own.
    """
    for other in others:
        if sink.kind == other.kind == "sql" and _name_board(sink) == _name_board(other):
            return (
                f"board: is {_name_board(sink)!r}, whose rows the sink {other.name} keeps; one"
                " sql sink of a board is enough, so delete one of the files"
            )
        place = sink.place if isinstance(sink, ClickHouse) else None
        if isinstance(other, ClickHouse) and place == other.place:
            return (
                f"table: is {other.table!r}, into which the sink {other.name} writes; name another"
                " table"
            )
    target, source = getattr(sink, "target", None), getattr(sink, "source", None)
    if target is None:
        return None
    for other in others:
        if getattr(other, "target", None) == target and {sink.kind, other.kind} != {"rule"}:
            return (
                f"target: is {target!r}, into which the sink {other.name} writes; name another"
                " table"
            )
    if isinstance(source, Source) and source.table in _reach(target, others):
        return (
            f"target: is {target!r}, from which other sinks lead back to {source.table}, so a"
            " change would never come to rest; name another table"
        )
    return None


def _name_board(sink: Sink) -> str | None:
    board = getattr(sink, "board", None)
    return board.name if isinstance(board, Board) else None


def _reach(table: str, sinks: Iterable[Sink]) -> set[str]:
    """Return the tables that changes of a table get to."""
    ways: dict[str, set[str]] = {}
    for sink in sinks:
        source, target = getattr(sink, "source", None), getattr(sink, "target", None)
        if isinstance(source, Source) and isinstance(target, str):
            ways.setdefault(source.table, set()).add(target)
    reached: set[str] = set()
    following = [table]
    while following:
        for target in ways.get(following.pop(), set()) - reached:
            reached.add(target)
            following.append(target)
    return reached
