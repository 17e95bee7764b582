"""A board's table and its journal on the real local DynamoDB."""

from collections.abc import Callable
from typing import Any

import pytest

from aggregates.board import Board
from crew.journal import Journal
from local.dynamodb import create_table


@pytest.fixture
def journal(dynamodb: Any, make_board: Callable[..., Board]) -> Journal:
    name = make_board().name
    board = make_board(table=name)
    create_table(dynamodb, board)
    dynamodb.create_table(
        TableName=f"{name}-journal",
        AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in ("id", "at")],
        KeySchema=[
            {"AttributeName": "id", "KeyType": "HASH"},
            {"AttributeName": "at", "KeyType": "RANGE"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    return Journal(dynamodb, name, f"{name}-journal", board.key)
