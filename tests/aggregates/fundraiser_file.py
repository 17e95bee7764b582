"""A board file with all parts, and how tests write one with a change."""

from collections.abc import Callable
from pathlib import Path

import pytest

from aggregates.board_file import BoardError, load_board

FUNDRAISER = Path(__file__).parents[2] / "boards/fundraiser.toml"
BOARD = load_board(FUNDRAISER)


GOOD = """\
title = "Gala"
table = "donations"
key = "donationId"
group_by = "platform"
time = "donatedAt"

[measures.amount]
attribute = "amount"
unit = "USD"

[goal]
measure = "amount"
target = 1000
milestones = [250, 500.50]

[timeline]
bucket_seconds = 60

[ticker]
length = 12
attributes = ["platform", "amount"]
"""


Write = Callable[..., Path]


def refusal(path: Path) -> str:
    """Return why a file is refused, without the file's name, with which it must begin."""
    with pytest.raises(BoardError) as raised:
        load_board(path)
    message = str(raised.value)
    assert message.startswith(f"{path}: ")
    return message.removeprefix(f"{path}: ")


def change(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new, 1)
