"""A board's table and its table of states on the real local DynamoDB."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from aggregates.board import Board, Ticker
from intake.intake import Intake
from intake.sources_file import OpenSource
from intake.store import STATES_SUFFIX
from intake.tables import create_states
from local.dynamodb import create_table
from tests.intake.donordrive_stage import NAME, Stage
from tests.intake.donordrive_stand_in import DonorDrive
from tests.intake.polls import make_poll
from tests.intake.senders import open_source
from tests.intake.stand_in import StandIn, run_stand_in
from tests.intake.stripe_reading import BOARD
from tests.intake.sweeps import open_intake
from tests.intake.twilio_stand_in import Twilio
from tests.intake.written import read_cents


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


@pytest.fixture
def open_stripe(tmp_path: Path) -> Callable[..., OpenSource]:
    return partial(open_source, tmp_path, BOARD, "stripe")


@pytest.fixture
def stage(tmp_path: Path, gala: Board, dynamodb: Any) -> Iterator[Stage]:
    def start(place: str) -> Intake:
        text = f"""
            [sources.extralife]
            provider = "donordrive"
            board = "gala"
            platform = "Extra Life"
            {place}
        """
        return open_intake(tmp_path, text, gala, dynamodb)

    drive = DonorDrive()
    with run_stand_in(drive.reply) as web:
        yield Stage(drive, web, start)


@pytest.fixture
def counted(dynamodb: Any, gala: Board) -> Callable[[], dict[str, int]]:
    def read() -> dict[str, int]:
        cents = read_cents(dynamodb, gala)
        assert all(name.startswith(NAME) for name in cents)
        return {name.removeprefix(NAME): minor for name, minor in cents.items()}

    return read
