"""Writes to the terminal: lines that stay, and one line that changes in place."""

import logging
import shutil
import sys
import threading
import time
from collections.abc import Callable
from typing import TextIO

from operate.printable import make_lines_printable, make_printable

# Without a terminal, the status is written as a plain line this often.
_PLAIN_STATUS_SECONDS = 30.0
_QUIET_SECONDS = 60.0
_CLEAR_LINE = "\r\x1b[K"


_SEPARATOR = " · "


class Terminal:
    """Writes whole lines from any thread.

    `on_closed` is called when the terminal is gone: there may be no other sign that it was closed.
    """

    def __init__(
        self, output: TextIO | None = None, on_closed: Callable[[], None] = lambda: None
    ) -> None:
        self.on_closed = on_closed
        self._output = output or sys.stdout
        self._in_place = self._output.isatty()
        self._lock = threading.Lock()
        self._status = ""
        self._last_plain = time.monotonic()

    def say(self, text: str) -> None:
        """Write lines that stay."""
        with self._lock:
            self._write(f"{self._clear()}{make_lines_printable(text)}\n{self._status}")

    def show_status(self, text: str) -> None:
        """Show `text` as the line that changes; without a terminal, write it at most every 30 s."""
        with self._lock:
            if self._in_place:
                self._status = _shorten(
                    make_printable(text), shutil.get_terminal_size().columns - 1
                )
                self._write(f"{_CLEAR_LINE}{self._status}")
            elif time.monotonic() - self._last_plain >= _PLAIN_STATUS_SECONDS:
                self._last_plain = time.monotonic()
                self._write(f"{make_printable(text)}\n")

    def end_status(self) -> None:
        """Leave the status where it is, and continue below it."""
        with self._lock:
            if self._status:
                self._status = ""
                self._write("\n")

    def _clear(self) -> str:
        return _CLEAR_LINE if self._status else ""

    def _write(self, text: str) -> None:
        try:
            self._output.write(text)
            self._output.flush()
        except (OSError, ValueError):
            if self._in_place:
                self.on_closed()
            self._in_place, self._status = False, ""


def _shorten(text: str, columns: int) -> str:
    """Return a line cut to whole parts that fit: a line that wraps could not be cleared."""
    while len(text) > columns and _SEPARATOR in text:
        text = text.rpartition(_SEPARATOR)[0]
    return text[:columns]


class TerminalLog(logging.Handler):
    """Shows the log's warnings as lines, such as an item that cannot be counted.

    Errors repeat while their cause lasts, so one kind of error is shown at most once a minute.
    """

    def __init__(self, terminal: Terminal, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(logging.WARNING)
        self._terminal = terminal
        self._clock = clock
        self._told: dict[str, float] = {}

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno >= logging.ERROR:
            now, kind = self._clock(), str(record.msg)
            if now - self._told.get(kind, -_QUIET_SECONDS) < _QUIET_SECONDS:
                return
            self._told[kind] = now
        self._terminal.say(f"! {record.getMessage()}")
