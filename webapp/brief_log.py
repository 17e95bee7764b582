"""Limits warnings, so that a flood of bad input is not a flood of log lines."""

import logging
import time
from collections.abc import Callable

# A line is cut to this length, and at most one line is written per pause.
MOST_CHARACTERS = 200
PAUSE_SECONDS = 1.0


class BriefLog:
    """Writes at most one short line a second, and says how many it left out."""

    def __init__(self, logger: logging.Logger, clock: Callable[[], float] = time.monotonic) -> None:
        self._logger, self._clock = logger, clock
        self._next = 0.0
        self._left_out = 0

    def warn(self, text: str) -> None:
        """Write a line, unless one was written less than a second ago."""
        now = self._clock()
        if now < self._next:
            self._left_out += 1
            return
        more = f" (and {self._left_out} more)" if self._left_out else ""
        self._next, self._left_out = now + PAUSE_SECONDS, 0
        line = " ".join(text[:MOST_CHARACTERS].split())
        self._logger.warning("%s%s", line[: MOST_CHARACTERS - len(more)], more)
