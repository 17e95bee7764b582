"""A board's table and its table of states on the real local DynamoDB."""

from collections.abc import Callable
from typing import Any

import pytest

from aggregates.board import Board, Ticker
from intake.store import STATES_SUFFIX
from intake.tables import create_states
from local.dynamodb import create_table


@pytest.fixture
def gala(dynamodb: Any, make_board: Callable[..., Board]) -> Board:
    """A board like the example, with names and comments, and its tables."""
    name = make_board().name
    ticker = Ticker(12, ("platform", "amount", "name", "comment"), "approved")
    board = make_board(table=name, ticker=ticker)
    create_table(dynamodb, board)
    create_states(dynamodb, name + STATES_SUFFIX)
    return board
