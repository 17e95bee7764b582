"""Boards that count votes, with their tables: an item a vote, or counters as in AWS's Vote App."""

from collections.abc import Callable
from typing import Any

from aggregates.board import Board, Groups, Measure
from aggregates.contribution import contribution_reader
from aggregates.units import PLAIN
from intake.store import STATES_SUFFIX
from intake.tables import create_states
from local.dynamodb import create_table
from tests.intake.sweeps import read_table

COLOURS = ("RED", "GREEN", "BLUE")


def make_poll(dynamodb: Any, make_board: Callable[..., Board]) -> Board:
    """Return a board of votes, an item each."""
    name = make_board().name
    groups = Groups(known=COLOURS)
    return _create(
        dynamodb,
        make_board(table=name, group_by="vote", measures=(), goal=None, ticker=None, groups=groups),
    )


def make_counters(dynamodb: Any, make_board: Callable[..., Board]) -> Board:
    """Return a board of the Vote App's table: `VotedFor` is `RED.3`, `Votes` a number."""
    name = make_board().name
    return _create(
        dynamodb,
        make_board(
            table=name,
            key=("VotedFor",),
            group_by="VotedFor",
            measures=(Measure("votes", "Votes", PLAIN),),
            groups=Groups(until="."),
            time=None,
            bucket_seconds=None,
            goal=None,
            ticker=None,
            running_total=True,
        ),
    )


def count_votes(dynamodb: Any, board: Board) -> dict[str, int]:
    """Return the votes by group, as the board counts them; all its items must count."""
    read, counted = contribution_reader(board), dict[str, int]()
    for item in read_table(dynamodb, board.table):
        contribution = read(item)
        assert contribution is not None
        votes = contribution.values[0] if board.measures else 1
        counted[contribution.group] = counted.get(contribution.group, 0) + votes
    return counted


def _create(dynamodb: Any, board: Board) -> Board:
    create_table(dynamodb, board)
    create_states(dynamodb, board.table + STATES_SUFFIX)
    return board
