"""`tallyboard watch`: keeps all boards proven, and notes until when they are counted."""

import argparse
import sys
import threading
import time
from functools import partial

import boto3

from operate.place import Place, add_place, find_place
from operate.settings import read_settings
from operate.signals import stop_on_signals
from operate.terminal import Terminal
from reconcile.chain_watch import ChainReport, ChainWatch
from reconcile.embedded_metrics import encode_report
from reconcile.mapping import explain_mapping
from reconcile.proof_watch import ProofWatch
from reconcile.reading import Reading
from reconcile.reconcile import reconcile_board
from reconcile.tip import Tip

# How long the thread that follows the chains may take to end.
_STOP_SECONDS = 5.0


def add_parser(subcommands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the subcommand."""
    parser = subcommands.add_parser(
        "watch",
        help="note that the newest donations are counted; reconcile when data may be lost",
        description="Runs until a signal ends it. Several may run: one of them reads the table, the"
        " others wait. If its output is not a terminal, it writes a line of metrics per board each"
        " minute.",
    )
    add_place(parser)
    parser.add_argument(
        "--every",
        type=float,
        default=3600.0,
        metavar="SECONDS",
        help="how often to reconcile without a loss of data (3600)",
    )
    parser.add_argument(
        "--settle",
        type=float,
        default=35.0,
        metavar="SECONDS",
        help="how long to wait after a loss of data; longer than a call of the function takes (35)",
    )
    parser.add_argument(
        "--read-units",
        type=float,
        default=0.0,
        metavar="N",
        help="the most read capacity units a second (0: no limit)",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Watch until SIGTERM or Ctrl-C; return the exit code."""
    place = find_place(arguments)
    terminal = Terminal()
    options = Reading(read_units_per_second=arguments.read_units, settle_seconds=arguments.settle)
    watch = ProofWatch(
        place.boards.values(),
        place.redis,
        lambda board: reconcile_board(board, place.dynamodb, place.redis, options),
        terminal.say,
        every_seconds=arguments.every,
    )
    chains = make_chain_watch(place, watch, terminal, is_local=arguments.local)
    with stop_on_signals() as stop:
        thread = threading.Thread(target=chains.run, args=(stop,), name="the chains", daemon=True)
        thread.start()
        watch.run(stop)
        thread.join(_STOP_SECONDS)
    return 0


def make_chain_watch(
    place: Place, watch: ProofWatch, terminal: Terminal, *, is_local: bool
) -> ChainWatch:
    """Return the `ChainWatch` of a place's boards."""
    functions = None if is_local else boto3.client("lambda")
    return ChainWatch(
        place.boards.values(),
        place.redis,
        lambda table, cursors: Tip(table, place.dynamodb, place.streams, cursors),
        watch.doubt,
        explain=lambda arn: explain_mapping(functions, arn) if functions else "",
        report=partial(_print_report, read_settings().stack),
        notify=terminal.say,
    )


def _print_report(stack: str, report: ChainReport) -> None:
    if not sys.stdout.isatty():
        print(encode_report(report, time.time_ns() // 1_000_000, stack), flush=True)
