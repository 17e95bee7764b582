"""`tallyboard watch`: keeps all boards proven, for as long as it runs."""

import argparse

from operate.place import add_place, find_place
from operate.signals import stop_on_signals
from operate.terminal import Terminal
from reconcile.reconcile import Options, reconcile_board
from reconcile.watch import Watch


def add_parser(subcommands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the subcommand."""
    parser = subcommands.add_parser(
        "watch",
        help="reconcile all boards whenever data may have been lost, and now and then",
        description="Runs until it is ended. Several may run: one of them reads, the others wait.",
    )
    add_place(parser)
    parser.add_argument(
        "--every", type=float, default=3600.0, metavar="SECONDS", help="without a loss (3600)"
    )
    parser.add_argument(
        "--settle",
        type=float,
        default=35.0,
        metavar="SECONDS",
        help="wait so long after a loss of data: longer than a call of the function takes (35)",
    )
    parser.add_argument("--read-units", type=float, default=0.0, metavar="N")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Watch until SIGTERM or Ctrl-C; return the exit code."""
    place = find_place(arguments)
    options = Options(read_units_per_second=arguments.read_units, settle_seconds=arguments.settle)
    watch = Watch(
        place.boards.values(),
        place.redis,
        lambda board: reconcile_board(board, place.dynamodb, place.redis, options),
        Terminal().say,
        every_seconds=arguments.every,
    )
    with stop_on_signals() as stop:
        watch.run(stop)
    return 0
