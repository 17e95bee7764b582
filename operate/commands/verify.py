"""`tallyboard verify`: prints how a board's totals, or a copy, differ from the table."""

import argparse
import sys

from aggregates.board import Board
from aggregates.item import name_item
from operate.errors import CommandError
from operate.place import add_place, find_place
from operate.record_sinks import SinkPlace, find_sinks
from operate.table_reading import ReadingProgress, add_reading, describe_drift, read_options
from operate.terminal import Terminal
from reconcile.errors import DataLostError
from reconcile.proof_watch import is_proven
from reconcile.verify import Audit, verify_board
from sinks.choosing import RecordSink
from sinks.clickhouse.errors import ClickHouseError
from sinks.clickhouse.verifying import verify_clickhouse
from sinks.describing import describe_sink
from sinks.kinds.clickhouse import ClickHouse
from sinks.kinds.rule import Rule
from sinks.kinds.sql import Sql
from sinks.sql_service import SqlServiceError
from sinks.sql_verifying import verify_sql
from sinks.verifying import verify_replica

# The totals differ from the table.
EXIT_DRIFT = 2
# No difference was found, but not everything could be checked.
EXIT_UNKNOWN = 1
_SHOWN_DIFFERENCES = 10


def add_parser(subcommands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the subcommand."""
    parser = subcommands.add_parser(
        "verify",
        help="print how a board's totals, or a sink's copy, differ from the table; change nothing",
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
    if arguments.board:
        sinks = find_sinks(arguments)
        if arguments.board not in sinks.boards and arguments.board in sinks.sinks:
            sink = sinks.find(arguments.board)
            return _verify_sink(sink, sinks, local=arguments.local)
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


def _verify_sink(sink: RecordSink, place: SinkPlace, *, local: bool) -> int:
    terminal = Terminal()
    if isinstance(sink, Rule):
        text, is_fine = describe_sink(sink, place.dynamodb, local=local)
        terminal.say(f"{text}\nA rule has no copy to compare; this is what it knows of itself.")
        return 0 if is_fine else EXIT_DRIFT
    try:
        if isinstance(sink, Sql):
            result = verify_sql(sink, place.dynamodb, place.require_feed())
        elif isinstance(sink, ClickHouse):
            result = verify_clickhouse(sink, place.dynamodb, place.connect(sink))
        else:
            result = verify_replica(sink, place.dynamodb)
    except (ClickHouseError, SqlServiceError) as error:
        raise CommandError(f"sink {sink.name}: {error}") from error
    lines = [f"sink {sink.name}: {result.items:,} items compared"]
    if not result.different:
        terminal.say("\n".join([*lines, "Exact."]))
        return 0
    lines.append(f"{result.different:,} items differ:")
    lines += [f"  {text}" for text in result.differences]
    fix = f"make fill NAME={sink.name}" if local else f"tallyboard fill {sink.name}"
    terminal.say("\n".join([*lines, f"Not exact; to correct it: {fix}"]))
    return EXIT_DRIFT


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
