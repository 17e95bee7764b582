"""The interface of a server under test."""

import contextlib
import http.client
import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.fanout.processes import SERVER_CORE, NotStarted, Pinned
from tests.conftest import ROOT, free_port

_START_SECONDS = 15.0


class Server:
    """A server under load; subclasses define how to start it and how to publish to it."""

    name: str
    path = "/events"
    # A path that answers GET with any status when ready; None: it is ready when it listens.
    ready_path: str | None = None

    def __init__(self, data_bytes: int) -> None:
        # The length of an event's data, the same for all.
        self.data_bytes = data_bytes
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="tallyboard-fanout-"))
        self.process: Pinned

    @classmethod
    def missing(cls) -> str | None:
        """Return what has to be installed first, or None."""
        return None

    def start(self) -> None:
        raise NotImplementedError

    def publish(self, version: int, at: str) -> None:
        """Publish one event; `at` is the current CLOCK_MONOTONIC time in nanoseconds."""
        raise NotImplementedError

    def stop(self) -> None:
        if hasattr(self, "process"):
            self.process.terminate()
        shutil.rmtree(self.folder, ignore_errors=True)

    def spawn(self, command: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
        """Start the process and wait until it accepts connections; raise `NotStarted`."""
        self.process = Pinned(
            command,
            SERVER_CORE,
            environment=environment,
            folder=ROOT,
            log=self.folder / "log",
        )
        self.wait_ready()

    def wait_ready(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline and self.process.process.poll() is None:
            with contextlib.suppress(OSError, http.client.HTTPException):
                if self.ready_path is None:
                    http.client.HTTPConnection("127.0.0.1", self.port, timeout=1).connect()
                    return
                if get(self.port, self.ready_path)[0] == 200:
                    return
            time.sleep(0.02)
        raise NotStarted(f"{self.name} does not answer: {self.process.last_words()}")


def get(port: int, path: str) -> tuple[int, bytes]:
    """Return the status and the body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def make_data(version: int, at: str, length: int) -> str:
    """Return an event's data of `length` bytes, similar to our update."""
    head = f'{{"epoch":"9f2c4be01d7a6e35","version":{version},"at":"{at}",'
    totals = '"totals":{"Facebook":{"count":302,"amount":1202500}},"rest":"'
    return f'{head}{totals}{"x" * (length - len(head) - len(totals) - 2)}"}}'
