"""`tallyboard event`: run a real event on this machine, kept in a folder."""

import argparse
import sys
import threading

from local.errors import LocalError, Stopped
from local.event.greeting import describe_event, find_address
from local.event.settings import (
    EventSettings,
    ask_at_terminal,
    is_at_terminal,
    read_event_settings,
)
from local.event.tables import EventTables
from local.feeding import feed_sinks
from local.status import describe_status
from local.system import System, run_system
from operate.signals import stop_on_signals
from operate.terminal import Terminal

# How often to update the status and to check the board file and for trouble.
_STATUS_SECONDS = 0.5
# How often to check the network: a laptop may move to another one.
_ADDRESS_SECONDS = 5.0


def add_parser(subcommands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the subcommand."""
    parser = subcommands.add_parser(
        "event",
        help="run a real event on this machine: everything is kept, no simulated donors",
        description="Set by the variables BOARD, DATA, HOST, PORT and REDIS_URL;"
        " docs/event.md explains them.",
    )
    parser.add_argument("board", nargs="?", help="the board's file, instead of BOARD")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run until Ctrl-C or SIGTERM; return the exit code."""
    settings = _read_settings(arguments.board)
    terminal = Terminal()
    with stop_on_signals() as stop:
        terminal.on_closed = stop.set
        terminal.say("Starting …")
        tables = EventTables(settings, terminal.say)
        try:
            with run_system(settings.system, terminal, stop, tables) as system:
                feed_sinks(system, settings.system.sinks, terminal.say)
                _Evening(settings, tables, system, terminal).serve(stop)
                terminal.end_status()
                terminal.say("Stopping …")
        except Stopped:
            terminal.say("Stopped.")
    return 0


def _read_settings(board: str | None) -> EventSettings:
    import os

    environment = {**os.environ, **({"BOARD": board} if board else {})}
    return read_event_settings(environment, ask_at_terminal if is_at_terminal() else None)


class _Evening:
    """Runs the event's terminal: greeting, status, and news about the board and the network."""

    def __init__(
        self, settings: EventSettings, tables: EventTables, system: System, terminal: Terminal
    ) -> None:
        self._settings, self._tables = settings, tables
        self._system, self._terminal = system, terminal
        self._address = self._find_address()
        self._trouble = ""
        self._turns = 0

    def serve(self, stop: threading.Event) -> None:
        """Look after the event until `stop` is set; raise `LocalError` if a part fails."""
        self._greet()
        while not stop.is_set():
            try:
                self._system.look_after()
            except LocalError:
                # Ctrl-C may have reached the child directly.
                if stop.is_set():
                    return
                self._terminal.end_status()
                raise
            self._tell_trouble()
            self._look_at_board()
            self._look_at_network()
            status = describe_status(self._system.watched, self._system.board, None)
            self._terminal.show_status(f"NOT KEPT · {status}" if self._trouble else status)
            stop.wait(_STATUS_SECONDS)

    def _greet(self) -> None:
        folder = self._settings.folder
        self._terminal.say(
            describe_event(
                folder,
                self._settings.board,
                self._address,
                folder.read_code(),
                items=self._tables.items,
                draws=sys.stdout.isatty(),
            )
        )

    def _tell_trouble(self) -> None:
        trouble = self._tables.trouble
        if trouble and trouble != self._trouble:
            self._terminal.say(
                f"! NOT KEPT: {trouble}\n! The crew's pages refuse new entries until this is fixed."
                " Write gifts down on paper."
            )
        elif self._trouble and not trouble:
            self._terminal.say("Everything is kept again, and the crew's pages accept entries.")
        self._trouble = trouble

    def _look_at_board(self) -> None:
        before = self._system.board
        try:
            board = self._tables.board_file.look()
        except LocalError as error:
            self._terminal.say(f"! {error}")
            return
        if board is None:
            return
        self._system.boards[board.name] = board
        self._system.sinks.renew()
        self._system.explore.process.renew()
        if board.definition == before.definition:
            self._terminal.say(f"{self._settings.board} was changed; the screens follow.")
        else:
            self._terminal.say(
                f"{self._settings.board} was changed in how it counts. Everything is counted again;"
                ' until that is done, the screens keep their figures and say "checking".'
            )
        self._system.start_worker(
            "the recount by the changed board",
            lambda _: self._system.counting.change_boards({board.name: board}),
        )

    def _look_at_network(self) -> None:
        self._turns += 1
        if self._turns % round(_ADDRESS_SECONDS / _STATUS_SECONDS):
            return
        address = self._find_address()
        if address != self._address:
            self._address = address
            self._terminal.say("This machine has a new address in the network:")
            self._greet()

    def _find_address(self) -> str:
        system = self._settings.system
        return find_address(system.host, system.port, self._settings.public_url)
