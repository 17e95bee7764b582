"""A board and gifts that fill an engine without a table."""

from dataclasses import replace

from aggregates.board import Board
from aggregates.board_file import load_board
from donations.image_json import Image
from explore.engine_client import Engine
from tests.conftest import ROOT


def fill_board() -> Board:
    """Return the board of the example."""
    return replace(load_board(ROOT / "boards/fundraiser.toml"), name="gala")


def make_gift(number: int, amount: str = "25.00") -> Image:
    return {
        "donationId": {"S": f"d-{number}"},
        "platform": {"S": f"Platform {number % 5}"},
        "amount": {"N": amount},
        "donatedAt": {"S": f"2026-11-21T{number % 24:02}:00:00Z"},
        "comment": {"S": f"gift {number} {'x' * 60}"},
    }


async def make_gifts(engine: Engine, board: Board, gifts: int) -> None:
    """Fill an engine with so many gifts; then it is live."""
    await engine.write(board.name, "begin_fill", fill="one", cut=0)
    for start in range(0, gifts, 5_000):
        told = await engine.write(board.name, "tell")
        images = [make_gift(number) for number in range(start, min(start + 5_000, gifts))]
        await engine.fill_page(board.name, "one", told["version"], images)
    await engine.write(board.name, "end_fill", fill="one", forget=0)
