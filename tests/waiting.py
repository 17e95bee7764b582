"""Waiting for something that no event tells."""

import threading
import time
from collections.abc import Callable


def wait_for(
    is_so: Callable[[], bool],
    timeout_seconds: float = 20,
    what: str = "it did not become so in time",
) -> None:
    """Poll until a condition is true; fail with `what` after `timeout_seconds`."""
    deadline = time.monotonic() + timeout_seconds
    pause = threading.Event()
    while not is_so():
        assert time.monotonic() < deadline, what
        pause.wait(0.05)
