"""A board's table, its journal and the crew's pages on the real local DynamoDB and a real Redis."""

from collections.abc import Callable
from typing import Any

import pytest
from redis import Redis

from aggregates.board import Board, Ticker
from aggregates.control import control_key
from crew.journal import Journal
from crew.tables import create_journal
from local.dynamodb import create_table
from tests.browser.conftest import open_window as open_window
from tests.crew.office import Helper, Office

OpenOffice = Callable[..., Office]


@pytest.fixture
def journal(dynamodb: Any, make_board: Callable[..., Board]) -> Journal:
    name = make_board().name
    board = make_board(table=name)
    create_table(dynamodb, board)
    create_journal(dynamodb, f"{name}-journal")
    return Journal(dynamodb, name, f"{name}-journal", board.key)


@pytest.fixture
def open_office(
    dynamodb: Any, redis: Redis, redis_url: str, make_board: Callable[..., Board]
) -> Any:
    """Return a function that serves the crew's pages for a board with names and comments."""
    opened: list[Office] = []

    def open_(display_url: str = "", **changes: Any) -> Office:
        ticker = Ticker(12, ("platform", "amount", "name", "comment"), "approved", never=("darn",))
        name = make_board().name
        fields = {"table": name, "ticker": ticker, "time_zone": "Europe/Zurich"} | changes
        board = make_board(**fields)
        opened.append(Office(dynamodb, redis_url, board, display_url=display_url))
        return opened[-1]

    yield open_
    for office in opened:
        redis.unlink(*(control_key(board.name) for board in office.boards))


@pytest.fixture
def office(open_office: OpenOffice) -> Office:
    return open_office()


@pytest.fixture
def ana(office: Office) -> Helper:
    return office.let_in("Ana")
