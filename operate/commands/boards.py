"""`tallyboard boards`: checks the board files and says what each counts."""

import argparse

from aggregates.board import Board
from aggregates.board_file import load_boards
from aggregates.units import format_amount
from operate.settings import read_settings
from operate.terminal import Terminal


def add_parser(subcommands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the subcommand."""
    parser = subcommands.add_parser("boards", help="check the board files")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:  # noqa: ARG001
    """Print every board; return the exit code. Raises `BoardError` for the first mistake."""
    terminal = Terminal()
    for board in load_boards(read_settings().boards).values():
        terminal.say(describe_board(board))
    return 0


def describe_board(board: Board) -> str:
    """Return a board in a few lines."""
    sums = [f"the sum of {m.attribute} ({m.unit.name or 'a number'})" for m in board.measures]
    lines = [
        f"{board.name}: {board.title}",
        f"  counts   items of the table {board.table} (key {', '.join(board.key)})"
        f" by {board.group_by}" + "".join(f", and {text}" for text in sums),
    ]
    if board.goal is not None:
        goal = board.goal
        units = {measure.name: measure.unit for measure in board.measures}
        unit = units.get(goal.measure)
        target = format_amount(goal.target_minor, unit) if unit else f"{goal.target_minor:,}"
        lines.append(
            f"  goal     {target} {unit.name if unit else ''}".rstrip()
            + f" of {goal.measure}, {len(goal.milestones_minor)} milestones before it"
        )
    if board.bucket_seconds is not None:
        lines.append(f"  timeline by {board.time}, in buckets of {board.bucket_seconds} s")
    if board.ticker is not None:
        lines.append(
            f"  ticker   the last {board.ticker.length}: {', '.join(board.ticker.attributes)}"
        )
    return "\n".join(lines)
