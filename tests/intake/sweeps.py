"""What tests of sweeps share: sources from a real file, a clock to turn, and what a table has."""

import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aggregates.board import Board
from intake.intake import Intake
from intake.sources_file import load_sources
from intake.sweeping import SweepLoop

START = datetime(2026, 11, 21, 19, 0, tzinfo=UTC)


class Clock:
    """The time of a test."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def turn(self, **time: float) -> None:
        self.now += timedelta(**time)


def open_intake(
    path: Path,
    text: str,
    board: Board,
    dynamodb: Any,
    environment: Mapping[str, str] | None = None,
    keep: Callable[[Any], None] | None = None,
) -> Intake:
    """Return the service as it starts: sources of a file with one board, `gala`."""
    file = path / "intake.toml"
    file.write_text(text, "utf-8")
    return Intake(load_sources(file, {"gala": board}, environment or {}), dynamodb, keep)


def open_loop(intake: Intake, name: str, clock: Clock) -> SweepLoop:
    sweeper = intake.sources[name].sweeper
    assert sweeper is not None
    return SweepLoop(intake, name, sweeper, threading.Event(), clock)


def read_table(dynamodb: Any, table: str) -> list[dict[str, Any]]:
    pages = dynamodb.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    return [item for page in pages for item in page["Items"]]
