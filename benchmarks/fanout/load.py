"""Drives the load client by lines on its stdin; it runs on another core than the server."""

import json
import math
import time
from dataclasses import dataclass
from typing import Any

from benchmarks.fanout.c_programs import compile_program
from benchmarks.fanout.processes import LOAD_CORE, NotStarted, Pinned

# One source address has 28,232 ports per destination.
_CLIENTS_AN_ADDRESS = 25_000


@dataclass(frozen=True)
class Report:
    """The received events: `events` by time of publishing, `received` by time of arrival.

    `oldest_version` and `newest_version` are the range of the readers' last versions.
    """

    connected: int
    readers: int
    lost: int
    refused: int
    failed: int
    reconnects: int
    events: int
    received: int
    fewest: int
    most: int
    p50_ms: float
    p99_ms: float
    max_ms: float
    bytes_per_event: float
    newest_version: int
    oldest_version: int
    with_newest: int
    newest_version_ns: int
    cpu_seconds: float


class LoadClient:
    """`clients` streams to one address, from another process on the load's core."""

    def __init__(
        self,
        port: int,
        path: str,
        clients: int,
        *,
        addresses: int | None = None,
    ) -> None:
        self.clients = clients
        command = [str(compile_program("load_client")), "--port", str(port), "--path", path]
        command += ["--clients", str(clients)]
        command += ["--addresses", str(addresses or math.ceil(clients / _CLIENTS_AN_ADDRESS))]
        self.process = Pinned(command, LOAD_CORE, pipes=True)

    def open_window(self, from_ns: int, to_ns: int) -> None:
        """Restart the counts, for events whose `at` is in the window."""
        self._ask(f"window {from_ns} {to_ns}")

    def connected(self) -> int:
        found: int = self._ask("status")["connected"]
        return found

    def report(self) -> Report:
        return Report(**self._ask("report"))

    def wait_connected(self, seconds: float) -> float:
        """Return the seconds until all are connected; raise `NotStarted` after `seconds`."""
        started = time.monotonic()
        while (found := self.connected()) < self.clients:
            if time.monotonic() - started > seconds:
                raise NotStarted(f"{found} of {self.clients} clients connected in {seconds:.0f} s")
            time.sleep(0.05)
        return time.monotonic() - started

    def end(self) -> None:
        self.process.terminate()

    def _ask(self, command: str) -> dict[str, Any]:
        process = self.process.process
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(command.encode() + b"\n")
        process.stdin.flush()
        line = process.stdout.readline()
        if not line:
            raise NotStarted(f"the load client ended at {command!r}")
        answer: dict[str, Any] = json.loads(line)
        return answer
