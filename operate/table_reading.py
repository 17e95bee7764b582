"""Shared by commands that read a table: options, progress and drift as text."""

import argparse
import time
from typing import Any

from aggregates.board import Board
from aggregates.totals import Totals, drop_lines
from aggregates.units import PLAIN, format_amount
from operate.errors import CommandError
from operate.terminal import Terminal
from reconcile.reading import Reading
from reconcile.table import count_items

_MAX_SEGMENTS = 64


def add_reading(parser: argparse.ArgumentParser) -> None:
    """Add the board argument, and the options for reading its table."""
    parser.add_argument("board", nargs="?", default="", help="the board's name; default: the first")
    parser.add_argument(
        "--segments", type=int, default=4, help="parts of the table to read in parallel (4)"
    )
    parser.add_argument(
        "--read-units",
        type=float,
        default=0.0,
        metavar="N",
        help="the most read capacity units a second, for all parts together (0: no limit)",
    )


def read_options(arguments: argparse.Namespace, settle_seconds: float = 0.0) -> Reading:
    """Return the options; raise `CommandError` for an invalid one."""
    if not 1 <= arguments.segments <= _MAX_SEGMENTS:
        raise CommandError(
            f"--segments is {arguments.segments}; write a whole number from 1 to {_MAX_SEGMENTS}"
        )
    if not arguments.read_units >= 0:
        raise CommandError(f"--read-units is {arguments.read_units}; write a number, 0 or above")
    return Reading(
        segments=arguments.segments,
        read_units_per_second=arguments.read_units,
        settle_seconds=settle_seconds,
    )


class ReadingProgress:
    """Shows how many items were read, how fast, and how long the rest will take."""

    def __init__(self, board: Board, dynamodb: Any, terminal: Terminal) -> None:
        self._expected = count_items(board, dynamodb)
        self._terminal = terminal
        self._began = time.monotonic()
        self._first: int | None = None

    def __call__(self, items: int) -> None:
        if self._first is None:
            self._first = items  # a resumed run has read some already
        seconds = max(time.monotonic() - self._began, 0.001)
        rate = (items - self._first) / seconds
        text = f"{items:,} items read, {rate:,.0f} a second"
        if rate and self._expected > items:
            left = round((self._expected - items) / rate)
            text += f", about {left // 60}:{left % 60:02} left of {self._expected:,}"
        self._terminal.show_status(text)


def describe_drift(drift: Totals, board: Board) -> list[str]:
    """Return a line per group, such as `  Phone: count +2, amount -10.50 USD`."""
    units = {measure.name: measure.unit for measure in board.measures}

    def describe(name: str, value: int) -> str:
        unit = units.get(name, PLAIN)
        sign = "+" if value >= 0 else ""
        return f"{name} {sign}{format_amount(value, unit)} {unit.name}".rstrip()

    return [
        f"  {group}: "
        + ", ".join(describe(name, value) for name, value in drop_lines(sums).items())
        for group, sums in drift.items()
    ]
