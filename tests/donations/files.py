"""Boards and files of donations for the tests of this folder."""

import threading
from dataclasses import replace
from pathlib import Path

from aggregates.board import Board, Measure
from aggregates.board_file import load_board
from aggregates.contribution import contribution_reader
from aggregates.units import currency
from donations.answers import Answers
from donations.file_plan import FilePlan, read_file
from tests.conftest import ROOT

BOARD = load_board(ROOT / "boards" / "fundraiser.toml")
HEADER = "donationId,donatedAt,platform,amount\n"
GOOD = "d-1,2017-01-08T10:00:00Z,Phone,5.00\n"


def board_in(code: str, zone: str = "UTC", **changes: object) -> Board:
    """Return the example's board in another currency and time zone."""
    measure = Measure("amount", "amount", currency(code))
    return replace(BOARD, measures=(measure,), time_zone=zone, **changes)  # type: ignore[arg-type]


def write(folder: Path, content: str | bytes, name: str = "donations.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read(
    folder: Path,
    content: str | bytes,
    board: Board = BOARD,
    answers: Answers = Answers(),  # noqa: B008
    name: str = "donations.csv",
) -> FilePlan:
    return read_file(
        write(folder, content, name), board, threading.Event(), answers, marks_source=False
    )


def counted(plan: FilePlan) -> list[tuple[str, str, str, int]]:
    """Return id, time (UTC, minutes), group and minor units of what a plan would write.

    The board reads them from the items; an item that it leaves out or rejects fails here.
    """
    assert plan.is_clear, [*map(plan.describe_mistake, plan.mistakes), *plan.questions]
    contribution = contribution_reader(plan.board)
    rows = []
    for _, item in plan.rows:
        read_back = contribution(item)
        assert read_back is not None
        [minor] = read_back.values
        moment = item[plan.board.time or ""]["S"][:16]
        rows.append((item[plan.board.key[0]]["S"], moment, read_back.group, minor))
    return rows
