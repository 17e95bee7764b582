"""Boards with a look."""

from dataclasses import replace
from pathlib import Path

from aggregates.board import Board
from aggregates.look import Look
from tests.webapp.states import BOARD


def dressed(folder: Path, **look: object) -> Board:
    """Return the board with a look whose files are in a folder."""
    return replace(BOARD, look=Look(folder, **look))  # type: ignore[arg-type]
