"""Waiting for something that no event tells."""

import socket
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


def wait_for_port(port: int) -> None:
    """Wait until something listens on a port of this machine."""

    def listens() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    wait_for(listens, what=f"nothing listens on port {port}")
