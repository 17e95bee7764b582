"""`tallyboard verify`: says how a board's totals differ from its table, and changes nothing."""

import argparse

from local.errors import LocalError
from local.place import add_place, find_place
from local.table_reading import ReadingProgress, add_reading, describe_drift, read_options
from local.terminal import Terminal
from reconcile.errors import DataLostError
from reconcile.verify import Audit, verify_board

# The totals are not the table's.
EXIT_DRIFT = 2
_SHOWN_DIFFERENCES = 10


def add_parser(subcommands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the subcommand."""
    parser = subcommands.add_parser(
        "verify",
        help="say how a board's totals differ from its table; change nothing",
        description="Exit codes: 0 exact; 1 it could not be said; 2 not exact.",
    )
    add_reading(parser)
    add_place(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Verify; return the exit code."""
    options = read_options(arguments)
    place = find_place(arguments)
    board = place.board(arguments.board)
    terminal = Terminal()
    progress = ReadingProgress(board, place.dynamodb, terminal)
    try:
        audit = verify_board(board, place.dynamodb, place.redis, options, progress)
    except DataLostError as error:
        raise LocalError(
            f"board {board.name}: Redis lost data while the table was read; reconcile it"
        ) from error
    finally:
        terminal.end_status()
    terminal.say(describe_audit(board.name, audit))
    return 0 if audit.is_exact else EXIT_DRIFT


def describe_audit(board: str, audit: Audit) -> str:
    """Return what was found, in lines."""
    lines = [f"board {board}: {audit.items:,} items read"]
    if audit.differences:
        lines.append(f"{len(audit.differences):,} items are counted otherwise than the table says:")
        for key, table, ledger in audit.differences[:_SHOWN_DIFFERENCES]:
            lines.append(f"  {key}: table: {table}; counted: {ledger}")
        lines.append("Totals are off by (minor units):")
        lines += describe_drift(audit.drift)
    if audit.sums:
        lines.append("Totals differ from what the ledger adds up to by (minor units):")
        lines += describe_drift(audit.sums)
    if audit.sums is None:
        lines.append("Totals never stood still for long enough to add the ledger up beside them.")
    lines.append("Exact." if audit.is_exact else "Not exact: run `tallyboard reconcile`.")
    return "\n".join(lines)
