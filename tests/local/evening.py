"""A real event in its own processes, which a test may kill and start again."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from select import select
from typing import Any

from local.dynamodb import connect_dynamodb
from local.keep.folder import EventFolder
from local.ports import find_free_port
from tests.conftest import ROOT

READY_SECONDS = 60.0
# The same where nothing is told by how long it takes, on whatever machine.
PATIENT_SECONDS = 600.0


class Evening:
    """Runs `tallyboard event` in a folder; `output` is the text in its terminal."""

    def __init__(
        self, folder: Path, data: Path | None = None, *, patience_seconds: float = READY_SECONDS
    ) -> None:
        self._patience_seconds = patience_seconds
        self.board_file = folder / "gala.toml"
        if not self.board_file.exists():
            self.board_file.write_text((ROOT / "boards/fundraiser.toml").read_text("utf-8"))
        self.folder = EventFolder(data or folder / "data")
        self.port = find_free_port()
        self.public_url = ""
        # Connections to it that are still open.
        self.closing = ExitStack()
        self._log = folder / "output.txt"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def output(self) -> str:
        return self._log.read_text("utf-8")

    @property
    def environment(self) -> dict[str, str]:
        names = {"BOARD": self.board_file, "DATA": self.folder.path, "PORT": self.port}
        names |= {"PUBLIC_URL": self.public_url}
        inherited = {k: v for k, v in os.environ.items() if k not in ("HOST", "REDIS_URL")}
        return inherited | {name: str(value) for name, value in names.items()}

    def command(self, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        """Run another `tallyboard` command on this event to its end."""
        return subprocess.run(
            [sys.executable, "-m", "local.cli", *arguments],
            cwd=ROOT,
            env=self.environment | environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )

    def start(self, *, is_live: bool = True) -> None:
        """Start it and wait until it runs (with `is_live`: until its board is live)."""
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "local.cli", "event"],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.wait_until(lambda: "Ctrl-C stops it" in self.output)
        if is_live:
            self.wait_until(lambda: self.snapshot()["status"]["state"] == "live")

    def wait_until(self, condition: Callable[[], bool], seconds: float | None = None) -> None:
        """Wait until a condition is true; fail with the terminal's output."""
        assert self._process is not None
        deadline = time.monotonic() + (seconds or self._patience_seconds)
        while not condition():
            assert self._process.poll() is None, self.output
            assert time.monotonic() < deadline, self.output
            time.sleep(0.02)

    def snapshot(self) -> Any:
        """Return the board from the display's API; one that is not live if it cannot be read."""
        try:
            address = f"http://127.0.0.1:{self.port}/api/boards/gala"
            with urllib.request.urlopen(address, timeout=5) as reply:
                return json.load(reply)
        except OSError:
            return {"status": {"state": "offline"}}

    def dynamodb(self) -> Any:
        """Return a client of its DynamoDB, as any other program would use."""
        told = json.loads((self.folder.path / "run.json").read_text("utf-8"))
        client = connect_dynamodb(told["dynamodb"])
        self.closing.callback(client.close)
        return client

    def items(self) -> list[Any]:
        """Return the items of its table."""
        pages = self.dynamodb().get_paginator("scan").paginate(TableName="donations")
        return [item for page in pages for item in page["Items"]]

    def kill_everything(self) -> None:
        """Kill all of its processes at once, as a power cut would."""
        if self._process is None or self._process.poll() is not None:
            return
        family = [self._process.pid, *_find_children(self._process.pid)]
        ends: list[int] = []
        for pid in family:
            with suppress(ProcessLookupError):
                if hasattr(os, "pidfd_open"):
                    ends.append(os.pidfd_open(pid))
                os.kill(pid, signal.SIGKILL)
        # They hold their files until they have ended.
        for end in ends:
            assert select([end], [], [], READY_SECONDS)[0]
            os.close(end)
        self._process.wait()
        self._process = None

    def close(self) -> None:
        """End it and all connections to it."""
        self.closing.close()
        self.kill_everything()

    def stop(self) -> int:
        """End it as Ctrl-C does; return the exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGINT)
        code = self._process.wait(timeout=30)
        self._process = None
        return code


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """Mount a small disk for the test; only root can."""
    folder.mkdir()
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)], check=True
    )
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def _find_children(parent: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text("utf-8", "replace").rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == parent:
            child = int(stat.parent.name)
            found += [child, *_find_children(child)]
    return found


def gift(key: str, amount: str = "5.00") -> dict[str, Any]:
    """Return a donation in DynamoDB's form."""
    return {
        "donationId": {"S": key},
        "donatedAt": {"S": "2026-11-28T19:00:00Z"},
        "platform": {"S": "Phone"},
        "amount": {"N": amount},
    }


def total(evening: Evening) -> tuple[int, int]:
    """Return the number and the sum that the screens show."""
    shown = evening.snapshot()["totals"]["ALL"]
    return shown["count"], shown["amount"]
