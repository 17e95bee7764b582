"""`python -m crew` as a process of its own, and requests to it."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx

from tests.conftest import ROOT, free_port
from tests.waiting import wait_for

GOOD = {"CREW_CODE": "abcd-2345", "CREW_SESSION_KEY": "k" * 40}


class Running(NamedTuple):
    """A process that serves, a client of it, and the file of what it has said."""

    process: "subprocess.Popen[str]"
    client: httpx.Client
    log: Path

    def says(self, text: str) -> bool:
        return text in self.log.read_text("utf-8")


def start_crew(**told: str) -> "subprocess.Popen[str]":
    """Start the service; its errors can be read from the process."""
    command = [sys.executable, "-m", "crew"]
    return subprocess.Popen(
        command, cwd=ROOT, env=os.environ | told, stderr=subprocess.PIPE, text=True
    )


@contextmanager
def run_crew(folder: Path, environment: Mapping[str, str]) -> Iterator[Running]:
    """Run the service until the context is left; what it says is in a file of `folder`."""
    port, log = free_port(), folder / "crew.log"
    told = os.environ | {"PORT": str(port)} | dict(environment)
    with log.open("w") as file, httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        process = subprocess.Popen(
            [sys.executable, "-m", "crew"], cwd=ROOT, env=told, stdout=file, stderr=file, text=True
        )

        def answers() -> bool:
            try:
                return client.get("/healthz").is_success
            except httpx.TransportError:
                assert process.poll() is None, log.read_text("utf-8")
                return False

        try:
            wait_for(answers)
            yield Running(process, client, log)
        finally:
            process.kill()
            process.wait()
