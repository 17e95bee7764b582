"""What every kind of sink has in common, and how a kind is read from a sink's file."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from aggregates.board import Board
from aggregates.board_fields import Fields, quote_value, read_key_names

Boards = Mapping[str, Board]


class Sink(Protocol):
    """A sink as its file defines it: a frozen dataclass of its kind's module."""

    @property
    def name(self) -> str:
        """The file's name, without `.toml`."""
        ...

    @property
    def kind(self) -> str:
        """The kind, as the file says it."""
        ...

    def describe(self) -> str:
        """Return what the sink does, as the end of a sentence that begins with its name."""
        ...


# What DynamoDB takes for a table's name.
_TABLE_NAME = re.compile(r"[A-Za-z0-9_.-]{3,255}", re.ASCII)
# A sink keeps what it has of each item in a table NAME-sink.
_STATE_SUFFIX = "-sink"


# Reads the keys of one kind. It takes the sink's name, its file's fields (except `kind`) and the
# boards; it raises `BoardError` by `Fields.error`. Unknown fields are refused after it.
ReadSink = Callable[[str, Fields, Boards], Sink]


@dataclass(frozen=True)
class Source:
    """The table whose changes a record sink takes, and its key attributes."""

    table: str
    key: tuple[str, ...]


def read_source(fields: Fields, boards: Boards) -> Source:
    """Return the source from `table` and `key`; a board of the same table knows the key too."""
    table = _read_table(fields, "table", "donations")
    known = next((board.key for board in boards.values() if board.table == table), None)
    if known is None or fields.take("key") is not None:
        key = read_key_names(fields)
        if known is not None and known != key:
            raise fields.error(
                "key",
                f"is {', '.join(key)}, but a board says that the table {table} has"
                f" {', '.join(known)}; remove this line, or correct one of them",
            )
        return Source(table, key)
    return Source(table, known)


def read_target(fields: Fields, source: Source, example: str) -> str:
    """Return the table from `target`, which is not the source."""
    target = _read_table(fields, "target", example)
    if target == source.table:
        raise fields.error("target", f"is {target!r}, the sink's own source; name another table")
    if target.endswith(_STATE_SUFFIX):
        raise fields.error(
            "target", f"is {target!r}, and sinks keep their state in such tables; name another"
        )
    return target


def refuse_counted(fields: Fields, target: str, boards: Boards) -> None:
    """Refuse the table of a board as a target: its items would be overwritten."""
    for board in boards.values():
        if target == board.table:
            raise fields.error(
                "target", f"is {target!r}, which the board {board.name} counts; name another table"
            )


def _read_table(fields: Fields, name: str, example: str) -> str:
    table = fields.text(name, example)
    if not _TABLE_NAME.fullmatch(table):
        raise fields.error(
            name,
            f"is {quote_value(table)}, which no table can be called; write 3 to 255 letters (a to"
            " z), digits and . _ -",
        )
    return table


def read_board(fields: Fields, boards: Boards) -> Board:
    """Return the board of a sink from `board`."""
    name = fields.text("board", next(iter(boards), "fundraiser"))
    if name not in boards:
        known = ", ".join(boards) or "none that can be used"
        raise fields.error("board", f"is {name!r}, and there is no such board; there are: {known}")
    return boards[name]


def read_hidden(fields: Fields, board: Board) -> frozenset[str]:
    """Return the attributes of `hidden`, none of which the board itself reads."""
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
    return hidden
