"""The process ends in time when told to, and tells its streams when to reconnect."""

import re
import subprocess
import sys

import httpx

from tests.conftest import ROOT, free_port
from tests.waiting import wait_for
from tests.webapp.serving import environment, serve

_NO_REDIS = "redis://127.0.0.1:1"

# A web app in which something blocks the event loop forever once it is told to end.
_HANGING = """
import sys, time
from webapp import ending
from webapp.__main__ import main
from webapp.hub import Hub

async def say_goodbye(_):
    while True:
        time.sleep(0.01)

Hub.say_goodbye = say_goodbye
ending.END_SECONDS = 0.5
sys.exit(main())
"""

# A web app whose listener fails.
_FAILING = """
import sys
from webapp.__main__ import main
from webapp.listener import Listener

async def run(_):
    raise ZeroDivisionError("the listener is broken")

Listener.run = run
sys.exit(main())
"""


def test_a_server_that_is_told_to_end_ends_its_streams() -> None:
    boards = ROOT / "boards"
    with serve(_NO_REDIS, boards) as web:
        curl = subprocess.Popen(
            ["curl", "--silent", "--no-buffer", "--raw", f"{web.url}/events"],
            stdout=subprocess.PIPE,
        )
        assert curl.stdout is not None
        told = curl.stdout.readline()
        while b"event: status" not in told:
            told += curl.stdout.readline()
        web.process.terminate()
        rest, _ = curl.communicate(timeout=10)
        assert web.process.wait(5) in (0, -15)
    assert re.search(rb"\r\nretry: \d{3,4}\n\n\r\n0\r\n\r\n$", told + rest)
    assert curl.returncode == 0, "the response was cut instead of ended"


def test_a_process_that_hangs_ends_all_the_same() -> None:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-c", _HANGING],
        cwd=ROOT,
        env=environment(_NO_REDIS, ROOT / "boards", port),
        stderr=subprocess.PIPE,
    )
    wait_for(lambda: _answers(port))
    process.terminate()
    try:
        _, log = process.communicate(timeout=10)
    finally:
        process.kill()
    assert process.returncode == 1
    assert b"it was killed" in log


def test_a_process_without_a_listener_ends_instead_of_showing_a_frozen_screen() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", _FAILING],
        cwd=ROOT,
        env=environment(_NO_REDIS, ROOT / "boards", free_port()),
        stderr=subprocess.PIPE,
    )
    try:
        _, log = process.communicate(timeout=20)
    finally:
        process.kill()
    assert process.returncode != 0
    assert b"the listener is broken" in log


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/healthz").status_code == 200
    except httpx.TransportError:
        return False
