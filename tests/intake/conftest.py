"""A board's table and its table of states on the real local DynamoDB."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from aggregates.board import Board, Ticker
from intake.store import STATES_SUFFIX
from intake.tables import create_states
from local.dynamodb import create_table
from tests.intake.polls import make_poll
from tests.intake.stand_in import StandIn, run_stand_in
from tests.intake.twilio_stand_in import Twilio


@pytest.fixture
def gala(dynamodb: Any, make_board: Callable[..., Board]) -> Board:
    """A board like the example, with names and comments, and its tables."""
    name = make_board().name
    ticker = Ticker(12, ("platform", "amount", "name", "comment"), "approved")
    board = make_board(table=name, ticker=ticker)
    create_table(dynamodb, board)
    create_states(dynamodb, name + STATES_SUFFIX)
    return board


@pytest.fixture
def twilio() -> Twilio:
    return Twilio()


@pytest.fixture
def web(twilio: Twilio) -> Iterator[StandIn]:
    with run_stand_in(twilio.reply) as running:
        yield running


@pytest.fixture
def poll(dynamodb: Any, make_board: Callable[..., Board]) -> Board:
    return make_poll(dynamodb, make_board)
