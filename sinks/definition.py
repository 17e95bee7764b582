"""What every kind of sink has in common, and how a kind is read from a sink's file."""

from collections.abc import Callable, Mapping
from typing import Protocol

from aggregates.board import Board
from aggregates.board_fields import Fields

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


# Reads the keys of one kind. It takes the sink's name, its file's fields (except `kind`) and the
# boards; it raises `BoardError` by `Fields.error`. Unknown fields are refused after it.
ReadSink = Callable[[str, Fields, Boards], Sink]


def read_board(fields: Fields, boards: Boards) -> Board:
    """Return the board of a sink from `board`."""
    name = fields.text("board", next(iter(boards), "fundraiser"))
    if name not in boards:
        known = ", ".join(boards) or "none that can be used"
        raise fields.error("board", f"is {name!r}, and there is no such board; there are: {known}")
    return boards[name]
