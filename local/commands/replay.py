"""`tallyboard replay`: play a file of donations through the table, stream and function."""

import argparse
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from redis import Redis

from aggregates.board import Board
from aggregates.connection import connect
from donations.answers import Answers
from donations.file_plan import FilePlan, read_file
from local.attach import attach, find_cache
from local.commands.file_answers import add_answers, read_answers
from local.commands.run import describe_system, serve
from local.counted import wait_until_counted
from local.dynamodb import connect_dynamodb
from local.empty_tables import EmptyTables
from local.errors import LocalError, Stopped
from local.file_report import describe_problems
from local.replay import Progress, parse_speed, play_rows
from local.running import DrainedMark, Running, is_running
from local.settings import read_settings
from local.system import read_boards, run_system
from local.totals import count_rejected, format_table, read_totals
from operate.place import pick_board
from operate.signals import Stop, stop_on_signals
from operate.terminal import Terminal

_PATIENCE_SECONDS = 30.0


def add_parser(subcommands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the subcommand."""
    parser = subcommands.add_parser("replay", help="play a file of donations")
    parser.add_argument("file", help="a CSV file, plain or gzipped, or an Excel workbook")
    parser.add_argument("--speed", default="max", help="max, or a factor of real time")
    parser.add_argument("--board", default="", help="the board whose table is written to")
    parser.add_argument("--exit", action="store_true", help="end when all is counted")
    add_answers(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Play into the running system, or start one first; return the exit code."""
    if not arguments.file:
        raise LocalError("no file is named; write: make replay FILE=donations.csv")
    path, speed = Path(arguments.file), parse_speed(arguments.speed)
    answers = read_answers(arguments)
    settings = read_settings()
    terminal = Terminal()
    with stop_on_signals() as stop:
        try:
            if is_running(cache := find_cache()):
                with stop.interrupting():
                    running, boards = attach(cache)
                    plan = _read(path, pick_board(boards, arguments.board), answers, stop)
                _play(plan, running, speed, terminal, stop)
                return 0
            with stop.interrupting():
                board = pick_board(read_boards(settings), arguments.board)
                plan = _read(path, board, answers, stop)
            terminal.say("Nothing is running: starting …")
            quiet = replace(settings, donors_per_second=0.0)
            with run_system(quiet, terminal, stop, EmptyTables()) as system:
                terminal.say(describe_system(system))
                check = system.look_after
                _play(plan, system.running, speed, terminal, stop, check)
                if not arguments.exit:
                    serve(system, terminal, stop, None)
                    terminal.end_status()
        except Stopped:
            terminal.end_status()
            terminal.say("Stopped. Replay the whole file again: everything counts once.")
            return 130
        finally:
            terminal.end_status()
    return 0


def _read(path: Path, board: Board, answers: Answers, stop: Stop) -> FilePlan:
    """Return the plan of a file; raise `LocalError` with all its mistakes and open questions."""
    plan = read_file(path, board, stop, answers, marks_source=False)
    if not plan.is_clear:
        raise LocalError("\n".join(describe_problems(plan)))
    if not plan.rows:
        raise LocalError(f"{path}: has no donations that count; {plan.left_out[0].reason}")
    return plan


def _play(
    plan: FilePlan,
    running: Running,
    speed: float | None,
    terminal: Terminal,
    stop: Stop,
    check: Callable[[], None] = lambda: None,
) -> None:
    """Play a file's donations; `check` is called regularly and may raise `LocalError`."""
    board, total = plan.board, len(plan.rows)
    client: Any = connect_dynamodb(running.dynamodb)
    with connect(running.redis_url) as redis:
        how = "as fast as possible" if speed is None else f"at {speed:g} times real time"
        terminal.say(f"{plan.path}: {total:,} donations, {how}")
        began = time.monotonic()

        def show(progress: Progress) -> None:
            check()
            terminal.show_status(progress.describe())

        progress = play_rows(
            plan.rows,
            board,
            client,
            total=total,
            speed=speed,
            stop=stop,
            on_progress=show,
        )
        terminal.show_status(f"written {progress.written:,}; waiting until all of them are counted")
        wait_until_counted(
            DrainedMark(Path(running.drained)),
            redis,
            board,
            since_ns=time.time_ns(),
            patience_seconds=_PATIENCE_SECONDS,
            stop=stop,
        )
        terminal.end_status()
        seconds = time.monotonic() - began
        terminal.say(
            f"written in {progress.seconds:.1f} s, all counted after {seconds:.1f} s\n\n"
            + _describe_result(redis, board)
        )


def _describe_result(redis: Redis, board: Board) -> str:
    table = format_table(read_totals(redis, board), board)
    rejected = count_rejected(redis, board)
    return f"{table}\n" + (f"\n{rejected:,} items cannot be counted\n" if rejected else "")
