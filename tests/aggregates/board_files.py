"""Makes board files from a few lines."""

from pathlib import Path

import pytest

from aggregates.board import Board
from aggregates.board_file import BoardError, load_board

HEAD = """\
title = "Gala"
table = "donations"
key = "donationId"
group_by = "platform"
time = "donatedAt"
"""
AMOUNT = """
[measures.amount]
attribute = "amount"
unit = "USD"
"""


def load(folder: Path, *parts: str, head: str = HEAD) -> Board:
    """Return the board of a file with the usual head and `parts`."""
    path = folder / "gala.toml"
    path.write_text(head + "\n".join(parts), "utf-8")
    return load_board(path)


def refuse(folder: Path, *parts: str, head: str = HEAD) -> str:
    """Return why a file is refused, without the file's name, with which it must begin."""
    with pytest.raises(BoardError) as raised:
        load(folder, *parts, head=head)
    message = str(raised.value)
    prefix = f"{folder / 'gala.toml'}: "
    assert message.startswith(prefix)
    return message.removeprefix(prefix)
