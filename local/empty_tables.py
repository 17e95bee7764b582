"""Tables in memory, for `make run`."""

import os
import threading
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from aggregates.board import Board
from intake.store import STATES_SUFFIX
from intake.tables import create_states
from local.dynamodb import create_table
from local.intake.demonstration import prepare_sources
from local.system import System


@dataclass(frozen=True)
class EmptyTables:
    """Tables that start empty and are lost at the end."""

    may_clear_redis: bool = False
    web_module: str = "local.intake"
    web_environment: Mapping[str, str] = field(default_factory=dict)
    lost: str = (
        "All donations and totals were in memory and are lost;"
        " `make run` starts over with empty tables."
    )

    def opened(self) -> AbstractContextManager[object]:
        return nullcontext()

    def prepare(self, cache: Path, boards: Mapping[str, Board]) -> None:
        prepare_sources(cache, boards, os.environ)

    def make(self, system: System, stop: threading.Event) -> list[str]:  # noqa: ARG002
        tables = {board.table: board for board in system.boards.values()}
        for name in tables:
            create_states(system.dynamodb, name + STATES_SUFFIX)
        return [create_table(system.dynamodb, board) for board in tables.values()]
