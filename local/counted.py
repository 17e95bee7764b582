"""Waits until everything written to the tables is counted."""

import json
import threading
import time
from collections.abc import Callable

from redis import Redis
from redis.client import PubSub

from aggregates.board import Board
from aggregates.keys import CHANNEL
from local.errors import LocalError, Stopped
from local.running import DrainedMark

_WAIT_SECONDS = 0.05


def wait_until_counted(
    mark: DrainedMark,
    redis: Redis,
    board: Board,
    *,
    since_ns: int,
    patience_seconds: float,
    stop: threading.Event,
    on_message: Callable[[], None] = lambda: None,
) -> None:
    """Wait until everything written before `since_ns` (ns since 1970) is counted.

    Each message of the board calls `on_message` and restarts the timeout. Raises `LocalError` after
    `patience_seconds` without a message, and `Stopped` when `stop` is set.
    """
    pubsub: PubSub = redis.pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]
    with pubsub:
        pubsub.subscribe(CHANNEL)
        deadline = time.monotonic() + patience_seconds
        while mark.read_ns() <= since_ns:
            if stop.is_set():
                raise Stopped
            found = pubsub.get_message(timeout=_WAIT_SECONDS)
            if found is not None and json.loads(found["data"]).get("board") == board.name:
                deadline = time.monotonic() + patience_seconds
                on_message()
            elif time.monotonic() > deadline:
                raise LocalError(
                    f"not everything was counted within {patience_seconds:.0f} s;"
                    " the terminal of `make run` shows why"
                )
