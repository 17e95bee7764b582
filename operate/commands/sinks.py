"""`tallyboard sinks`: the state of the sinks that take records; fills one, or verifies it."""

import argparse
from typing import Any

import boto3

from aggregates.board_file import read_boards
from operate.errors import CommandError
from operate.place import add_place, find_place
from operate.settings import read_settings
from operate.terminal import Terminal
from sinks.beginning import RecordSink, begin_sink
from sinks.filling import SETTLE_SECONDS, FillError, ReplicaFill, fill_rule, read_owed
from sinks.kinds.replica import Replica
from sinks.kinds.rule import Rule
from sinks.sink_file import read_sinks
from sinks.sink_state import ATTACHED, StateTable
from sinks.verifying import verify_replica

# The copy differs from its table.
EXIT_DIFFERENT = 2
_ACTIONS = ("list", "fill", "verify")
# A call of the local function is short.
_LOCAL_SETTLE_SECONDS = 5


def add_parser(subcommands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the subcommand."""
    parser = subcommands.add_parser(
        "sinks",
        help="list the copies of tables and rules; fill one, or compare a copy with its table",
        description="Exit codes: 0 fine; 1 unknown; 2 a copy differs, or a sink is not attached.",
    )
    parser.add_argument("action", nargs="?", default="list", choices=_ACTIONS)
    parser.add_argument("name", nargs="?", default="", help="the sink; needed by fill and verify")
    add_place(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Do the action; return the exit code."""
    paths, dynamodb = _find_place(arguments)
    boards, _ = read_boards(paths)
    found, errors = read_sinks(paths, boards)
    sinks = {s.name: s for s in found.values() if isinstance(s, Replica | Rule)}
    if not sinks:
        reason = f": {errors[0]}" if errors else "; docs/sinks.md says how to write one"
        raise CommandError(f"there is no sink that takes records{reason}")
    terminal = Terminal()
    if arguments.action == "list" and not arguments.name:
        lines = [describe_sink(sink, dynamodb) for sink in sinks.values()]
        terminal.say("\n".join(text for text, _ in lines))
        return 0 if all(is_fine for _, is_fine in lines) else EXIT_DIFFERENT
    if arguments.name not in sinks:
        named = f'there is no sink "{arguments.name}"' if arguments.name else "name a sink"
        raise CommandError(f"{named}; there are: {', '.join(sinks)}")
    sink = sinks[arguments.name]
    if arguments.action == "fill":
        settle_seconds = _LOCAL_SETTLE_SECONDS if arguments.local else SETTLE_SECONDS
        return _fill(sink, dynamodb, terminal, settle_seconds)
    if arguments.action == "verify":
        return _verify(sink, dynamodb, terminal)
    text, is_fine = describe_sink(sink, dynamodb)
    terminal.say(text)
    return 0 if is_fine else EXIT_DIFFERENT


def describe_sink(sink: RecordSink, dynamodb: Any) -> tuple[str, bool]:
    """Return a sink's state in words, and whether nothing has to be done."""
    fix = f"; begin it: tallyboard sinks fill {sink.name}"
    state = StateTable(dynamodb, sink.name).read()
    if state is None:
        return f"{sink.name}: has not begun{fix}", False
    lines = [f"{sink.name}: {state.status} since {state.since}"]
    is_fine = state.status == ATTACHED and not state.failing_since
    if state.failing_since:
        lines.append(f"  behind: fails since {state.failing_since}: {state.why}")
    elif state.why:
        lines.append(f"  why: {state.why}; then: tallyboard sinks fill {sink.name}")
    if state.taken:
        lines.append(f"  last took changes at {state.taken}")
    if state.filled:
        lines.append(f"  filled at {state.filled}")
    if isinstance(sink, Rule) and (owed := len(read_owed(sink, dynamodb))):
        lines.append(f"  owes {owed:,} items: tallyboard sinks fill {sink.name}")
        is_fine = False
    return "\n".join(lines), is_fine


def _find_place(arguments: argparse.Namespace) -> tuple[str, Any]:
    """Return the paths of the boards, and a client of their DynamoDB. No Redis is needed."""
    if arguments.local:
        place = find_place(arguments)
        return place.paths, place.dynamodb
    return read_settings().boards, boto3.client("dynamodb")


def _fill(sink: RecordSink, dynamodb: Any, terminal: Terminal, settle_seconds: int) -> int:
    terminal.say(f"sink {sink.name}: it begins in about {settle_seconds} s")
    try:
        begin_sink(sink, dynamodb)
        if isinstance(sink, Rule):
            paid = fill_rule(sink, dynamodb, settle_seconds=settle_seconds)
            terminal.say(f"sink {sink.name}: attached; {paid:,} items that it owed are written")
            return 0
        corrected = ReplicaFill(
            sink,
            dynamodb,
            settle_seconds=settle_seconds,
            progress=lambda items: terminal.show_status(f"{items:,} items read"),
        ).run()
    except FillError as error:
        raise CommandError(str(error)) from error
    finally:
        terminal.end_status()
    terminal.say(f"sink {sink.name}: attached; {corrected:,} items were corrected")
    return 0


def _verify(sink: RecordSink, dynamodb: Any, terminal: Terminal) -> int:
    if isinstance(sink, Rule):
        text, is_fine = describe_sink(sink, dynamodb)
        terminal.say(f"{text}\nA rule has no copy to compare; this is what it knows of itself.")
        return 0 if is_fine else EXIT_DIFFERENT
    result = verify_replica(sink, dynamodb)
    lines = [f"sink {sink.name}: {result.items:,} items compared"]
    if not result.different:
        terminal.say("\n".join([*lines, "Exact."]))
        return 0
    lines.append(f"{result.different:,} items differ:")
    lines += [f"  {text}" for text in result.differences]
    terminal.say("\n".join([*lines, f"Not exact: run `tallyboard sinks fill {sink.name}`."]))
    return EXIT_DIFFERENT
