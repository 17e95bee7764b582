"""The running system, as another command of this folder sees it."""

from collections.abc import Mapping
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


def pick_board(boards: Mapping[str, Board], name: str) -> Board:
    """Return the board of a name, the first for an empty name; raise `LocalError`."""
    if not name:
        return next(iter(boards.values()))
    if name not in boards:
        raise LocalError(f'there is no board "{name}"; there are: {", ".join(boards)}')
    return boards[name]
