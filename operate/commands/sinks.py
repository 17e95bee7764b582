"""`tallyboard sinks`: the state of each sink."""

import argparse

from operate.errors import CommandError
from operate.place import add_place
from operate.record_sinks import find_sinks
from operate.terminal import Terminal
from sinks.choosing import choose_record_sinks
from sinks.describing import describe_sink

# A sink is not attached, is behind, or owes something.
EXIT_TROUBLE = 2


def add_parser(subcommands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the subcommand."""
    parser = subcommands.add_parser(
        "sinks",
        help="show each sink: attached, behind, detached since when and why, filled when",
        description="Exit codes: 0 fine; 1 unknown; 2 something has to be done.",
    )
    add_place(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Show all sinks; return the exit code."""
    place = find_sinks(arguments)
    if not place.sinks and not place.errors:
        raise CommandError("there is no sink; docs/sinks.md says how to write one")
    terminal = Terminal()
    records = choose_record_sinks(place.sinks)
    is_fine = not place.errors
    for error in place.errors:
        terminal.say(f"! {error}")
    for name, sink in place.sinks.items():
        if name in records:
            text, one = describe_sink(records[name], place.dynamodb, local=arguments.local)
            is_fine &= one
            terminal.say(text)
        else:
            terminal.say(f"{name}: {sink.describe()}; `python -m sinks` runs it and logs its state")
    return 0 if is_fine else EXIT_TROUBLE
