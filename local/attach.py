"""The running system, as another command of this folder sees it."""

from pathlib import Path

from aggregates.board import Board
from aggregates.board_file import BoardError, load_boards
from local.errors import LocalError
from local.running import Running, find_running


def attach(cache: Path) -> tuple[Running, dict[str, Board]]:
    """Return the running system and its boards; raise `LocalError` when nothing runs."""
    running = find_running(cache)
    try:
        return running, load_boards(running.boards)
    except BoardError as error:
        raise LocalError(str(error)) from error
