"""`tallyboard reconcile`: makes a board's totals equal its table, and proves it."""

import argparse

from operate.commands import verify
from operate.place import add_place, find_place
from operate.table_reading import ReadingProgress, add_reading, describe_drift, read_options
from operate.terminal import Terminal
from reconcile.errors import BusyError
from reconcile.reconcile import reconcile_board

# Another process is reconciling the board.
EXIT_BUSY = 3


def add_parser(subcommands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the subcommand."""
    parser = subcommands.add_parser(
        "reconcile",
        help="make a board's totals equal its table, and prove it",
        description=(
            "Reads the whole table and corrects the totals. It may run at any time, beside the live"
            " stream. Exit codes: 0 the totals are proven; 1 they could not be proven; 3 another"
            " process is reconciling the board. With --dry-run: 0 exact; 1 unknown; 2 not exact."
        ),
    )
    verify.add_naming(parser)
    add_reading(parser)
    add_place(parser)
    parser.add_argument("--dry-run", action="store_true", help="print the drift, change nothing")
    parser.add_argument(
        "--settle",
        type=float,
        default=35.0,
        metavar="SECONDS",
        help="how long to wait first if totals are not proven on this Redis, as after a loss of"
        " data; longer than a call of the function takes (35)",
    )
    parser.set_defaults(run=run, if_proven=False)


def run(arguments: argparse.Namespace) -> int:
    """Reconcile; return the exit code."""
    if arguments.dry_run:
        return verify.run(arguments)
    # No wait with `make run`, which calls the function itself: none of its calls outlives a loss.
    options = read_options(arguments, 0.0 if arguments.local else arguments.settle)
    place = find_place(arguments)
    board = place.board(arguments.board)
    terminal = Terminal()
    progress = ReadingProgress(board, place.dynamodb, terminal)
    try:
        report = reconcile_board(board, place.dynamodb, place.redis, options, progress)
    except BusyError as error:
        terminal.say(str(error))
        return EXIT_BUSY
    finally:
        terminal.end_status()
    terminal.say(f"board {board.name}: {report.items:,} items read, proven at {report.verified_at}")
    if report.drift:
        terminal.say(
            "Totals were changed by (changes that the stream had yet to deliver included):"
        )
        terminal.say("\n".join(describe_drift(report.drift, board)))
    else:
        terminal.say("Totals were right.")
    return 0
