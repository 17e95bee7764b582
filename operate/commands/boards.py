"""`tallyboard boards`: checks the files of boards and sinks and prints what each does."""

import argparse
import sys
from collections.abc import Iterator
from datetime import UTC, datetime

from aggregates.board import Board, Condition, Measure
from aggregates.board_file import BoardError, read_boards
from aggregates.look_files import LookError, read_look_files
from aggregates.units import format_amount
from operate.settings import read_settings
from operate.terminal import Terminal
from sinks.sink_file import read_sinks


def add_parser(subcommands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the subcommand."""
    parser = subcommands.add_parser("boards", help="check the board files")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:  # noqa: ARG001
    """Print every board and every mistake; return the exit code."""
    terminal = Terminal()
    boards, errors = read_boards(read_settings().boards)
    looks = [board.look for board in boards.values() if board.look is not None]
    mistakes: list[BoardError | LookError] = [*errors]
    for look in looks:
        mistakes += read_look_files(look).errors
    sinks, sink_errors = read_sinks(read_settings().boards, boards)
    mistakes += sink_errors
    for board in boards.values():
        terminal.say(describe_board(board))
    for sink in sinks.values():
        terminal.say(f"{sink.name}: {sink.describe()}")
    for error in mistakes:
        print(f"tallyboard: {error}", file=sys.stderr)
    return 1 if mistakes else 0


def describe_board(board: Board) -> str:
    """Return a description of a board in a few lines."""
    sums = [_describe_measure(measure) for measure in board.measures]
    lines = [
        f"{board.name}: {board.title}",
        f"  counts   items of the table {board.table} (key {', '.join(board.key)})"
        f" by {board.group_by}" + "".join(f", and {text}" for text in sums),
    ]
    lines += _describe_counting(board)
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


def _describe_measure(measure: Measure) -> str:
    unit = measure.unit
    what = f"the sum of {measure.attribute} ({unit.name or 'a number'}"
    what += ", in minor units" if measure.is_minor else ""
    what += ", also in text" if measure.is_text else ""
    if measure.least_minor is not None:
        what += f", at least {format_amount(measure.least_minor, unit)}"
    if measure.most_minor is not None:
        what += f", at most {format_amount(measure.most_minor, unit)}"
    return what + ")"


def _describe_counting(board: Board) -> Iterator[str]:
    """Yield lines that say which items count, and how."""
    if board.where:
        yield f"  only     {', and '.join(map(_describe_condition, board.where))}"
    if board.period is not None:
        from_ms, until_ms = board.period
        ends = [f"from {_format_ms(from_ms)}"] if from_ms is not None else []
        ends += [f"before {_format_ms(until_ms)}"] if until_ms is not None else []
        yield f"  period   {', '.join(ends)}, by {board.time}"
    if board.currency is not None:
        [unit] = {m.unit.name for m in board.measures if m.unit.name}
        rates = [f"1 {code} = {rate:f} {unit}" for code, rate in board.currency.rates]
        others = f"; {', '.join(rates)}; any other is rejected" if rates else "; no other"
        yield f"  currency {unit}, by {board.currency.attribute}{others}"
    groups = board.groups
    if groups.known:
        others = f"others count as {groups.others}" if groups.others else "no other counts"
        yield f"  groups   {', '.join(groups.known)}; {others}"
    if groups.missing or groups.skip_missing:
        without = f"count as {groups.missing}" if groups.missing else "are left out"
        yield f"  groups   items without one {without}"
    if board.running_total:
        yield "  updated in place: no timeline"


def _describe_condition(condition: Condition) -> str:
    name = condition.attribute
    if condition.is_present is not None:
        return f"{name} is there" if condition.is_present else f"{name} is not there"
    if condition.begins is not None:
        return f"{name} begins with {condition.begins}"
    if condition.one_of:
        values = (
            ("true" if value else "false or absent") if isinstance(value, bool) else str(value)
            for value in condition.one_of
        )
        return f"{name} is {' or '.join(values)}"
    least = [f"at least {condition.least:f}"] if condition.least is not None else []
    most = [f"at most {condition.most:f}"] if condition.most is not None else []
    return f"{name} is {' and '.join(least + most)}"


def _format_ms(time_ms: int) -> str:
    return f"{datetime.fromtimestamp(time_ms / 1000, UTC):%Y-%m-%d %H:%M:%S}Z"
