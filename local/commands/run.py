"""`tallyboard run`: run the whole system on this machine, with simulated donors."""

import argparse
import threading
from dataclasses import replace
from datetime import UTC, datetime
from random import Random

from local.donation import takes_donations
from local.donor_writer import DonorWriter
from local.donors import simulate_donors
from local.empty_tables import EmptyTables
from local.errors import LocalError, Stopped
from local.feeding import feed_sinks
from local.history import simulate_history
from local.ports import ALL_ADDRESSES, find_lan_address
from local.settings import read_settings
from local.status import describe_status
from local.system import System, run_system
from operate.signals import stop_on_signals
from operate.terminal import Terminal

# How often to update the status, and to check whether a child has ended.
_STATUS_SECONDS = 0.5


def add_parser(subcommands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the subcommand."""
    parser = subcommands.add_parser("run", help="run the whole system on this machine")
    parser.add_argument("--no-donors", action="store_true", help="no simulated donors; start empty")
    parser.add_argument("--seed", type=int, help="a number that repeats the same simulated donors")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run until Ctrl-C or SIGTERM; return the exit code."""
    settings = read_settings()
    if arguments.no_donors:
        settings = replace(settings, donors_per_second=0.0)
    terminal = Terminal()
    with stop_on_signals() as stop:
        terminal.on_closed = stop.set
        terminal.say("Starting …")
        try:
            with run_system(settings, terminal, stop, EmptyTables()) as system:
                writer = _start_donors(system, settings.donors_per_second, arguments.seed, terminal)
                feed_sinks(system, settings.sinks, terminal.say)
                terminal.say(describe_system(system))
                serve(system, terminal, stop, writer)
                terminal.end_status()
                terminal.say("Stopping …")
        except Stopped:
            terminal.say("Stopped.")
    return 0


def serve(
    system: System, terminal: Terminal, stop: threading.Event, writer: DonorWriter | None
) -> None:
    """Show the status until `stop` is set; raise `LocalError` if Redis or DynamoDB ends."""
    while not stop.is_set():
        try:
            system.look_after()
        except LocalError:
            # Ctrl-C may have reached the child directly.
            if stop.is_set():
                return
            terminal.end_status()
            raise
        written = None if writer is None else writer.describe()
        terminal.show_status(describe_status(system.watched, system.board, written))
        stop.wait(_STATUS_SECONDS)


def describe_system(system: System) -> str:
    """Return the greeting: addresses of the running system, and commands to try."""
    address = system.running.address
    lines = [
        "",
        f"  ┌──{'─' * len(address)}──┐",
        f"  │  {address}  │   open this in a browser",
        f"  └──{'─' * len(address)}──┘",
    ]
    if len(system.boards) > 1:
        lines += ["", f"  Boards     {address}/boards"]
        lines += [f"             {address}/?board={name}" for name in system.boards]
    if system.host == ALL_ADDRESSES and (lan := find_lan_address()):
        lines += ["", f"  From other devices: {address.replace('localhost', lan)}"]
    lines += [
        "",
        f"  DynamoDB   ministack at {system.running.dynamodb}, in memory, all keys text (type S)",
        f"  Redis      {system.redis_name}",
        "  Lambda     the real function, fed from the table's stream as Lambda feeds it",
        "",
        "  In another terminal:",
        f"    curl -N {address}/events",
        "    make donate PLATFORM=Phone AMOUNT=25",
        "    make send PROVIDER=stripe AMOUNT=25",
        "    make donations",
        "    make replay FILE=donations.csv",
        "",
        "  Ctrl-C stops everything. Donations are only in memory and are then lost.",
        "",
    ]
    return "\n".join(lines)


def _start_donors(
    system: System, per_second: float, seed: int | None, terminal: Terminal
) -> DonorWriter | None:
    if not per_second:
        return None
    board = system.board
    if not takes_donations(board) or not any(measure.unit.name for measure in board.measures):
        terminal.say(f"The board {board.name} adds up no money, so there are no simulated donors.")
        return None
    writer = DonorWriter(system.dynamodb, system.board, terminal.say)
    random = Random(seed)
    past = simulate_history(random, board, per_second=per_second, until=datetime.now(UTC))
    acts = simulate_donors(random, per_second=per_second, now=lambda: datetime.now(UTC))

    def give(stop: threading.Event) -> None:
        writer.write_history(past, stop)
        writer.run(acts, stop)

    system.start_worker("the simulated donors", give)
    return writer
