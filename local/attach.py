"""Finds the running system for another command in the same folder."""

import os
from collections.abc import Mapping
from pathlib import Path

from aggregates.board import Board
from aggregates.board_file import BoardError, load_boards
from local.errors import LocalError
from local.running import Running, find_running, is_running
from local.settings import read_settings


def find_cache(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the running system's folder: `DATA`, or else the folder of the system that runs.

    That is `make run`, or the only event that runs here. Raises `LocalError` if several run.
    """
    if data := environment.get("DATA"):
        return Path(data)
    cache = read_settings(environment).cache
    if is_running(cache):
        return cache
    events = [lock.parent for lock in sorted(Path("data").glob("*/run.lock"))]
    running = [folder for folder in events if is_running(folder)]
    if len(running) > 1:
        names = ", ".join(map(str, running))
        raise LocalError(f"several events run here ({names}); say which: DATA={running[0]}")
    return running[0] if running else cache


def attach(cache: Path) -> tuple[Running, dict[str, Board]]:
    """Return the running system and its boards; raise `LocalError` when nothing runs."""
    running = find_running(cache)
    try:
        return running, load_boards(running.boards)
    except BoardError as error:
        raise LocalError(str(error)) from error
