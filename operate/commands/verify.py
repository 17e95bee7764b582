"""`tallyboard verify`: says how a board's totals differ from its table, and changes nothing."""

import argparse
import sys

from aggregates.board import Board
from aggregates.item import name_item
from operate.errors import CommandError
from operate.place import add_place, find_place
from operate.table_reading import ReadingProgress, add_reading, describe_drift, read_options
from operate.terminal import Terminal
from reconcile.errors import DataLostError
from reconcile.proof_watch import is_proven
from reconcile.verify import Audit, verify_board

# The totals are not the table's.
EXIT_DRIFT = 2
# Nothing is wrong that could be seen, but not all could be.
EXIT_UNKNOWN = 1
_SHOWN_DIFFERENCES = 10


def add_parser(subcommands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the subcommand."""
    parser = subcommands.add_parser(
        "verify",
        help="say how a board's totals differ from its table; change nothing",
        description="Exit codes: 0 exact; 1 it could not be said; 2 not exact.",
    )
    parser.add_argument(
        "--if-proven",
        action="store_true",
        help="leave a board alone whose totals are not proven on this Redis: all may differ there",
    )
    add_naming(parser)
    add_reading(parser)
    add_place(parser)
    parser.set_defaults(run=run)


def add_naming(parser: argparse.ArgumentParser) -> None:
    """Add the option by which a person sees which items it is, also without a terminal."""
    parser.add_argument(
        "--name-items",
        action="store_true",
        help="name items by their keys, with wrong values, where the output is no terminal either:"
        " it is then as private as the table",
    )


def run(arguments: argparse.Namespace) -> int:
    """Verify; return the exit code."""
    options = read_options(arguments)
    place = find_place(arguments)
    board = place.board(arguments.board)
    terminal = Terminal()
    mend = f"make reconcile BOARD={board.name}" if arguments.local else "tallyboard reconcile"
    if arguments.if_proven and not is_proven(place.redis, board):
        terminal.say(f"board {board.name}: its totals are not proven on this Redis yet")
        return EXIT_UNKNOWN
    progress = ReadingProgress(board, place.dynamodb, terminal)
    try:
        audit = verify_board(board, place.dynamodb, place.redis, options, progress)
    except DataLostError as error:
        raise CommandError(
            f"board {board.name}: Redis lost data while the table was read; reconcile it"
        ) from error
    finally:
        terminal.end_status()
    names_items = arguments.name_items or sys.stdout.isatty() or arguments.local
    terminal.say(describe_audit(board, audit, mend, names_items=names_items))
    if audit.is_exact is None:
        return EXIT_UNKNOWN
    return 0 if audit.is_exact else EXIT_DRIFT


def describe_audit(board: Board, audit: Audit, mend: str, *, names_items: bool) -> str:
    """Return what was found, in lines; `mend` is the command that mends it.

    Without `names_items` the lines may be logged: items are marks, and reasons have no values.
    """

    def name(key: str) -> str:
        return name_item(key, is_listed=names_items or board.lists_key)

    lines = [f"board {board.name}: {audit.items:,} items read"]
    if audit.differences:
        lines.append(f"{len(audit.differences):,} items are counted otherwise than the table says:")
        for key, table, ledger in audit.differences[:_SHOWN_DIFFERENCES]:
            lines.append(f"  {name(key)}: table: {table}; counted: {ledger}")
        lines.append("Totals are off by:")
        lines += describe_drift(audit.drift, board)
    if audit.sums:
        lines.append("Totals differ from what the ledger adds up to by:")
        lines += describe_drift(audit.sums, board)
    for outlier in audit.outliers[:_SHOWN_DIFFERENCES]:
        lines.append(f"  dated {outlier.date}: {name(outlier.key)}")
    for key, rejected in list(audit.rejected.items())[:_SHOWN_DIFFERENCES]:
        reason = str(rejected) if names_items else rejected.describe(board.listed)
        lines.append(f"  not counted: {name(key)}: {reason}")
    if audit.is_exact is None:
        lines.append(
            "Every item is counted as it should be. Whether the totals are their sum could not be"
            f" seen: the stream never paused for long enough. Later again, or: {mend}"
        )
    else:
        lines.append("Exact." if audit.is_exact else f"Not exact: run `{mend}`.")
    return "\n".join(lines)
