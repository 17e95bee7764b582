"""`tallyboard verify`: prints how a board's totals differ from its table; changes nothing."""

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

# The totals differ from the table.
EXIT_DRIFT = 2
# No difference was found, but not everything could be checked.
EXIT_UNKNOWN = 1
_SHOWN_DIFFERENCES = 10


def add_parser(subcommands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the subcommand."""
    parser = subcommands.add_parser(
        "verify",
        help="print how a board's totals differ from its table; change nothing",
        description="Exit codes: 0 exact; 1 unknown; 2 not exact.",
    )
    parser.add_argument(
        "--if-proven",
        action="store_true",
        help="skip a board whose totals are not proven on this Redis: everything may differ there",
    )
    add_naming(parser)
    add_reading(parser)
    add_place(parser)
    parser.set_defaults(run=run)


def add_naming(parser: argparse.ArgumentParser) -> None:
    """Add the option that names items even if the output is not a terminal."""
    parser.add_argument(
        "--name-items",
        action="store_true",
        help="print items' keys and wrong values even if the output is not a terminal; the output"
        " is then as private as the table",
    )


def run(arguments: argparse.Namespace) -> int:
    """Verify; return the exit code."""
    options = read_options(arguments)
    place = find_place(arguments)
    board = place.board(arguments.board)
    terminal = Terminal()
    fix = f"make reconcile BOARD={board.name}" if arguments.local else "tallyboard reconcile"
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
    terminal.say(describe_audit(board, audit, fix, names_items=names_items))
    if audit.is_exact is None:
        return EXIT_UNKNOWN
    return 0 if audit.is_exact else EXIT_DRIFT


def describe_audit(board: Board, audit: Audit, fix: str, *, names_items: bool) -> str:
    """Return what was found, in lines; `fix` is the command that corrects it.

    Without `names_items` the lines may be logged: items are hashes, and reasons have no values.
    """

    def name(key: str) -> str:
        return name_item(key, is_listed=names_items or board.lists_key)

    lines = [f"board {board.name}: {audit.items:,} items read"]
    if audit.differences:
        lines.append(f"{len(audit.differences):,} items differ from the table:")
        for key, table, ledger in audit.differences[:_SHOWN_DIFFERENCES]:
            lines.append(f"  {name(key)}: table: {table}; counted: {ledger}")
        lines.append("Totals are off by:")
        lines += describe_drift(audit.drift, board)
    if audit.sums:
        lines.append("Totals differ from the ledger's sums by:")
        lines += describe_drift(audit.sums, board)
    for outlier in audit.outliers[:_SHOWN_DIFFERENCES]:
        lines.append(f"  dated {outlier.date}: {name(outlier.key)}")
    for key, rejected in list(audit.rejected.items())[:_SHOWN_DIFFERENCES]:
        reason = str(rejected) if names_items else rejected.describe(board.listed)
        lines.append(f"  not counted: {name(key)}: {reason}")
    if audit.is_exact is None:
        lines.append(
            "Every item is counted correctly. Whether the totals are their sum could not be"
            f" checked, because the stream never paused long enough. Try again later, or: {fix}"
        )
    else:
        lines.append("Exact." if audit.is_exact else f"Not exact: run `{fix}`.")
    return "\n".join(lines)
