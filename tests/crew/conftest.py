"""A board's table and its journal on the real local DynamoDB."""

from collections.abc import Callable
from typing import Any

import pytest

from aggregates.board import Board
from crew.journal import Journal
from crew.tables import create_journal
from local.dynamodb import create_table


@pytest.fixture
def journal(dynamodb: Any, make_board: Callable[..., Board]) -> Journal:
    name = make_board().name
    board = make_board(table=name)
    create_table(dynamodb, board)
    create_journal(dynamodb, f"{name}-journal")
    return Journal(dynamodb, name, f"{name}-journal", board.key)
