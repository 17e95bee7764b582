"""`tallyboard import`: import a spreadsheet into the running system, once it is confirmed."""

import argparse
import select
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, cast

from aggregates.board import Board
from donations.answers import Answers, Gone, Question
from donations.file_plan import FilePlan, read_file
from donations.import_writer import Written, write_difference
from donations.moment import DateOrder
from donations.table import Difference, compare_with_table
from local.attach import attach, find_cache
from local.commands.donate import say_counted
from local.commands.file_answers import add_answers, read_answers, read_moment
from local.dynamodb import connect_dynamodb
from local.errors import LocalError, Stopped
from local.file_report import describe_difference, describe_problems, describe_reading
from operate.place import pick_board
from operate.signals import stop_on_signals
from operate.terminal import Terminal

# More than any file has questions: give up if the answers are of no use.
_MAX_QUESTIONS = 30
_LISTEN_SECONDS = 0.2

Ask = Callable[[str], str]


def add_parser(subcommands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the subcommand."""
    parser = subcommands.add_parser("import", help="import a spreadsheet of donations")
    parser.add_argument("file", help="a CSV file, plain or gzipped, or an Excel workbook")
    parser.add_argument("--board", default="", help="the board whose table is written to")
    parser.add_argument("--yes", action="store_true", help="write without asking")
    parser.add_argument(
        "--gone", choices=["keep", "remove"], help="donations missing from a file imported before"
    )
    parser.add_argument("--source", default="", help="the list's name; default: the file's")
    add_answers(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Show how the file is read and what it changes, and write it; return the exit code."""
    if not arguments.file:
        raise LocalError("no file is named; write: make import FILE=pledges.csv")
    running, boards = attach(find_cache())
    board = pick_board(boards, arguments.board)
    client = connect_dynamodb(running.dynamodb)
    answers = read_answers(arguments, arguments.source, arguments.gone)
    terminal = Terminal()
    with stop_on_signals() as stop:
        can_ask = sys.stdin.isatty() and not arguments.yes
        ask = partial(_ask, stop=stop) if can_ask else None
        try:
            written = import_file(
                Path(arguments.file), board, client, answers, terminal, stop, ask, arguments.yes
            )
        except (Stopped, EOFError):
            terminal.end_status()
            terminal.say(
                "Stopped. Import the file again to write the rest; everything counts once."
            )
            return 130
        finally:
            terminal.end_status()
    if written is None:
        terminal.say("Nothing was written.")
        return 1
    if written.count:
        say_counted(running, board, None, terminal)
    return 1 if written.conflicts else 0


def import_file(
    path: Path,
    board: Board,
    client: Any,
    answers: Answers,
    terminal: Terminal,
    stop: threading.Event,
    ask: Ask | None,
    is_agreed: bool,
) -> Written | None:
    """Read, show, ask and write; return what was written, None if the person declined.

    Without `ask`, an open question is a `LocalError`.
    """
    plan, answers = _read(path, board, answers, stop, ask)
    terminal.say("\n".join([*describe_reading(plan), ""]))
    if not plan.is_clear:
        raise LocalError("\n".join(describe_problems(plan)))
    difference = compare_with_table(plan, client, stop)
    if difference.questions and answers.source is None:
        source = _answer(difference.questions[0], plan, ask)
        answers = replace(answers, source=source)
        plan = read_file(path, board, stop, answers)
        difference = compare_with_table(plan, client, stop)
    terminal.say("\n".join(describe_difference(difference, plan)))
    removes_gone = _decide_gone(difference, plan, answers.gone, ask)
    if not (difference.new or difference.changed or (difference.gone and removes_gone)):
        terminal.say("Everything in this file is already in the table.")
        return Written()
    if not is_agreed:
        if ask is None:
            raise LocalError(
                "nothing was written; to confirm without a terminal: make import FILE=… YES=1"
            )
        if ask("Write this? [y/N] ").strip().casefold() not in ("y", "yes", "j", "ja", "o", "oui"):
            return None
    written = write_difference(
        difference,
        board,
        client,
        stop,
        removes_gone=removes_gone,
        on_progress=lambda now: terminal.show_status(f"{now.count:,} written"),
    )
    terminal.end_status()
    terminal.say(f"{written.new:,} new, {written.changed:,} changed, {written.removed:,} removed")
    for conflict in written.conflicts:
        terminal.say(f"! {conflict}")
    return written


def _read(
    path: Path, board: Board, answers: Answers, stop: threading.Event, ask: Ask | None
) -> tuple[FilePlan, Answers]:
    """Return the plan of a file, after asking its open questions if somebody can answer."""
    for _ in range(_MAX_QUESTIONS):
        plan = read_file(path, board, stop, answers)
        if ask is None or not plan.questions:
            break
        question = plan.questions[0]
        answers = apply_answer(answers, question, _answer(question, plan, ask))
    return plan, answers


def apply_answer(answers: Answers, question: Question, text: str) -> Answers:
    """Return the answers, including the answer to this question."""
    kind, _, detail = question.name.partition(":")
    if kind == "column":
        return replace(answers, columns={**answers.columns, detail: text})
    if kind == "status":
        return replace(answers, statuses={**answers.statuses, detail: text == "yes"})
    if kind == "order":
        return replace(answers, order=cast("DateOrder", text))
    if kind == "mark":
        return replace(answers, mark="," if text == "," else ".")
    if kind == "moment":
        return replace(answers, moment=read_moment(text))
    return replace(answers, group=text)


def _answer(question: Question, plan: FilePlan, ask: Ask | None) -> str:
    """Return a person's answer: the value of a choice, or text."""
    if ask is None:
        raise LocalError(f"{plan.path}: {question.text} Add {question.flag}")
    lines = [question.text]
    lines += [f"  {number}. {choice.meaning}" for number, choice in enumerate(question.choices, 1)]
    end = f" [{question.suggestion}] " if question.suggestion else " "
    while True:
        text = ask("\n".join(lines) + end).strip() or question.suggestion
        if not question.choices and text:
            return text
        if text.isdecimal() and 1 <= int(text) <= len(question.choices):
            return question.choices[int(text) - 1].value


def _decide_gone(
    difference: Difference, plan: FilePlan, said: Gone | None, ask: Ask | None
) -> bool:
    """Return whether to remove from the table what is missing from the file."""
    if not difference.gone:
        return False
    if said is not None:
        return said == "remove"
    count = f"{len(difference.gone):,} donations of the earlier import are not in {plan.path.name}."
    if ask is None:
        raise LocalError(f"{count} Add --gone=keep or --gone=remove")
    return ask(f"{count} Remove them from the table? [y/N] ").strip().casefold() in (
        "y",
        "yes",
        "j",
    )


def _ask(text: str, stop: threading.Event) -> str:
    """Return what a person types; unlike `input` alone, it ends when `stop` is set."""
    print(text, end="", flush=True)
    while not select.select([sys.stdin], [], [], _LISTEN_SECONDS)[0]:
        if stop.is_set():
            raise Stopped
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line
