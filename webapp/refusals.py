"""Counts refused requests and connections, and logs each kind at most once a minute.

Anybody can make a server refuse thousands of requests a second. A log line for each would bury the
lines that matter and cost more than the requests.
"""

import asyncio
import logging
import time
from collections import Counter
from typing import Any

logger = logging.getLogger(__name__)

LOG_SECONDS = 60.0


class Refusals:
    """Counts refusals by kind, for /metrics and for one log line per minute and kind."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._logged_at: dict[str, float] = {}
        self._logged_counts: Counter[str] = Counter()

    def note(self, kind: str, example: str) -> None:
        """Count a refusal. `kind` is one of a few fixed words, `example` says what happened."""
        self.counts[kind] += 1
        now = time.monotonic()
        if now - self._logged_at.get(kind, -LOG_SECONDS) < LOG_SECONDS:
            return
        self._logged_at[kind] = now
        since = self.counts[kind] - self._logged_counts[kind]
        self._logged_counts[kind] = self.counts[kind]
        logger.warning("refused (%s): %s; %d since the last such line", kind, example, since)


# One for the process: uvicorn makes the protocol objects, and all of them count here.
REFUSALS = Refusals()


def limit_accept_log(loop: asyncio.AbstractEventLoop) -> None:
    """Log a failing `accept()` at most once a minute.

    Without free files, asyncio reports thousands of failures a second, each with a traceback.
    """

    def handle(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        if str(context.get("message", "")).startswith("socket.accept()"):
            REFUSALS.note("accept", f"{context.get('exception')}")
        else:
            loop.default_exception_handler(context)

    loop.set_exception_handler(handle)
