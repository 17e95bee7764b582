"""Finds what every donation needs but no column of a file has."""

from aggregates.board import Board
from donations.answers import Answers, Question
from donations.columns import Columns


def ask_missing(board: Board, columns: Columns, answers: Answers) -> list[Question]:
    """Return questions about what every donation needs but no column has."""
    questions = []
    if board.time is not None and columns.place("time") is None and answers.moment is None:
        questions.append(
            Question(
                name="moment",
                text="No column has the time of the donations. When were they given?",
                flag="--at=now, or --at=2026-11-21T19:00",
                suggestion="now",
            )
        )
    groups = board.groups
    may_miss = groups.missing is not None or groups.skip_missing
    if columns.place("group") is None and answers.group is None and not may_miss:
        known = f" ({', '.join(groups.known)})" if groups.known else ""
        questions.append(
            Question(
                name="group",
                text=f"No column has the {board.group_by}{known}. Which one is it for all rows?",
                flag="--group=NAME",
                suggestion=columns.export or "",
            )
        )
    return questions


def list_assumed(board: Board, columns: Columns) -> frozenset[str]:
    """Return the attributes whose values come from an answer instead of the file."""
    assumed = {board.time} if columns.place("time") is None else set()
    assumed |= {board.group_by} if columns.place("group") is None else set()
    return frozenset(name for name in assumed if name is not None)
