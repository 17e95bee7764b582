from collections.abc import Callable, Iterator
from typing import Any

import pytest

from aggregates.board import Board
from local.dynamodb import create_table


@pytest.fixture
def board(make_board: Callable[..., Board], dynamodb: Any) -> Iterator[Board]:
    """Return a board with its own table."""
    board = make_board()
    board = make_board(table=board.name)
    create_table(dynamodb, board)
    yield board
    dynamodb.delete_table(TableName=board.table)
