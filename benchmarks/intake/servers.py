"""What takes the requests: the whole local system, and an endpoint that only verifies."""

import http.client
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from aggregates.board_file import load_boards
from intake.request import Request
from intake.signature import now_utc
from intake.sources_file import load_sources
from tests.conftest import ROOT, free_port
from tests.intake.senders import ALL_SOURCES, SENDERS
from tests.intake.stand_in import StandIn
from tests.intake.twilio_stand_in import ACCOUNT, PUBLIC_URL, TOKEN

_START_SECONDS = 60.0
_TICKS = os.sysconf("SC_CLK_TCK")


def measure_cpu(pid: int) -> float:
    """Return the seconds of CPU that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def write_sources(folder: Path, board: str, donor_drive: StandIn) -> dict[str, str]:
    """Write the file of sources; return the environment that it needs."""
    text = ALL_SOURCES.replace("BOARD", board) + (
        f'[sources.sms]\nprovider = "twilio"\nboard = "{board}"\nplatform = "Text"\n'
        f'secret = "TOKEN"\naccount = "{ACCOUNT}"\nmode = "pledges"\nreply = ""\n'
        f'[sources.extralife]\nprovider = "donordrive"\nboard = "{board}"\nplatform = "Stream"\n'
        f'url = "{donor_drive.url}"\nparticipant = 1\ncurrency = "USD"\n'
    )
    path = folder / "intake.toml"
    path.write_text(text, "utf-8")
    secrets = {sender.provider.upper(): sender.secret for sender in SENDERS.values()}
    return {"INTAKE": str(path), "PUBLIC_URL": PUBLIC_URL, "TOKEN": TOKEN, **secrets}


@contextmanager
def run_system(folder: Path, told: dict[str, str]) -> Iterator[tuple[int, int]]:
    """Run the local system; yield its port and the process that takes requests."""
    (folder / ".venv-aws").symlink_to(ROOT / ".venv-aws")
    port = free_port()
    environment = os.environ | told | {"PORT": str(port), "DONORS": "0", "PYTHONPATH": str(ROOT)}
    environment.pop("REDIS_URL", None)
    with (folder / "log.txt").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "local.cli", "run"],
            cwd=folder,
            env=environment,
            stdout=log,
            stderr=log,
        )
        try:
            _wait(lambda: "Ctrl-C stops" in (folder / "log.txt").read_text(), process)
            found = subprocess.run(
                ["pgrep", "-P", str(process.pid), "-f", "local.intake"],
                capture_output=True,
                text=True,
                check=True,
            )
            yield port, int(found.stdout)
        finally:
            process.terminate()
            process.wait(20)


def _wait(is_there: Callable[[], bool], process: "subprocess.Popen[Any]") -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not is_there():
        if process.poll() is not None or time.monotonic() > deadline:
            raise SystemExit("the system did not start")
        time.sleep(0.1)


def create_verifying_app() -> Starlette:
    """Return an app that verifies what is sent to it, and does nothing else."""
    sources = load_sources(
        Path(os.environ["INTAKE"]), load_boards(os.environ["BOARDS"]), os.environ
    )

    async def take(http: HttpRequest) -> PlainTextResponse:
        name = http.path_params["source"]
        url = f"{PUBLIC_URL}/in/{name}"
        request = Request(dict(http.headers), await http.body(), url, now_utc())
        sources[name].provider.verify(request)
        return PlainTextResponse("ok\n")

    return Starlette(routes=[Route("/in/{source}", take, methods=["POST"])])


@contextmanager
def run_verifying(told: dict[str, str]) -> Iterator[tuple[int, int]]:
    """Run the app that only verifies; yield its port and its process."""
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.intake", "--verify-only", str(port)]
    process = subprocess.Popen(command, env=os.environ | told, cwd=ROOT)
    try:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)

        def answers() -> bool:
            try:
                line.request("GET", "/")
                return bool(line.getresponse().read())
            except OSError:
                line.close()
                return False

        _wait(answers, process)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(10)
