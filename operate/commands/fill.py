"""`tallyboard fill`: fills a sink beside the stream, and attaches it."""

import argparse

from operate.errors import CommandError
from operate.place import add_place
from operate.record_sinks import find_sinks
from operate.terminal import Terminal
from sinks.beginning import begin_sink
from sinks.clickhouse.filling import ClickHouseFill
from sinks.filling import SETTLE_SECONDS, FillError, ReplicaFill, fill_rule
from sinks.kinds.clickhouse import ClickHouse
from sinks.kinds.rule import Rule
from sinks.kinds.sql import Sql
from sinks.sql_filling import SqlFill

# A call of the local function is short.
_LOCAL_SETTLE_SECONDS = 5


def add_parser(subcommands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the subcommand."""
    parser = subcommands.add_parser(
        "fill",
        help="begin a sink, or repair it: a rule with what it owes, any other from its table",
        description="It may run at any time, also while the stream is read.",
    )
    parser.add_argument("name", help="the sink: the name of its file without .toml")
    add_place(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Fill the sink; return the exit code."""
    place = find_sinks(arguments)
    sink = place.find(arguments.name)
    terminal = Terminal()
    settle_seconds = _LOCAL_SETTLE_SECONDS if arguments.local else SETTLE_SECONDS
    terminal.say(f"sink {sink.name}: it begins within {settle_seconds + 4} s")
    try:
        begin_sink(sink, place.dynamodb)
        if isinstance(sink, Rule):
            paid = fill_rule(sink, place.dynamodb, settle_seconds=settle_seconds)
            done = f"{paid:,} items that it owed are written"
        elif isinstance(sink, Sql):
            corrected = SqlFill(
                sink,
                place.dynamodb,
                place.require_feed(),
                progress=lambda items: terminal.show_status(f"{items:,} items read"),
            ).run()
            done = f"{corrected:,} rows were corrected"
        elif isinstance(sink, ClickHouse):
            written = ClickHouseFill(
                sink,
                place.dynamodb,
                place.connect(sink),
                progress=lambda items: terminal.show_status(f"{items:,} items read"),
            ).run()
            done = f"{written:,} rows were written"
        else:
            corrected = ReplicaFill(
                sink,
                place.dynamodb,
                settle_seconds=settle_seconds,
                progress=lambda items: terminal.show_status(f"{items:,} items read"),
            ).run()
            done = f"{corrected:,} items were corrected"
    except FillError as error:
        raise CommandError(str(error)) from error
    finally:
        terminal.end_status()
    terminal.say(f"sink {sink.name}: attached; {done}")
    return 0
