"""What a person sees: lines that stay, and one line that changes in place."""

import logging
import shutil
import sys
import threading
import time
from typing import TextIO

# Without a terminal, a status is a plain line this often.
_PLAIN_STATUS_SECONDS = 30.0
_CLEAR_LINE = "\r\x1b[K"


class Terminal:
    """Writes whole lines from any thread. A closed terminal is no reason to stop counting."""

    def __init__(self, output: TextIO | None = None) -> None:
        self._output = output or sys.stdout
        self._in_place = self._output.isatty()
        self._lock = threading.Lock()
        self._status = ""
        self._last_plain = time.monotonic()

    def say(self, text: str) -> None:
        """Write lines that stay."""
        with self._lock:
            self._write(f"{self._clear()}{text}\n{self._status}")

    def show_status(self, text: str) -> None:
        """Show `text` as the line that changes; without a terminal, at most every 30 s."""
        with self._lock:
            if self._in_place:
                # A line that wraps could not be cleared.
                self._status = text[: shutil.get_terminal_size().columns - 1]
                self._write(f"{_CLEAR_LINE}{self._status}")
            elif time.monotonic() - self._last_plain >= _PLAIN_STATUS_SECONDS:
                self._last_plain = time.monotonic()
                self._write(f"{text}\n")

    def end_status(self) -> None:
        """Leave the status where it is, and go on below it."""
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
            self._in_place, self._status = False, ""


class TerminalLog(logging.Handler):
    """Shows the log's warnings as lines, such as an item that cannot be counted."""

    def __init__(self, terminal: Terminal) -> None:
        super().__init__(logging.WARNING)
        self._terminal = terminal

    def emit(self, record: logging.LogRecord) -> None:
        self._terminal.say(f"! {record.getMessage()}")
