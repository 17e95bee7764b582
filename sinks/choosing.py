"""Finds the total sinks of the boards that run here."""

from collections.abc import Mapping
from pathlib import Path

from aggregates.board import Board
from aggregates.board_file import read_boards
from sinks.kinds.page import Page
from sinks.kinds.totals import Totals
from sinks.sink_file import read_sinks


def choose_total_sinks(boards: Mapping[str, Board], beside: str) -> list[Page | Totals]:
    """Return the total sinks of `boards`, from the folders beside the board files of `beside`.

    A folder may also have sinks of its other boards. Raises `BoardError`.
    """
    places = [Path(part) for part in map(str.strip, beside.split(",")) if part]
    folders = {str(path if path.is_dir() else path.parent) for path in places}
    others, _ = read_boards(",".join(sorted(folders)))
    sinks, errors = read_sinks(beside, {**others, **boards})
    if errors:
        raise errors[0]
    found = [sink for sink in sinks.values() if isinstance(sink, Page | Totals)]
    return [sink for sink in found if sink.board.name in boards]
