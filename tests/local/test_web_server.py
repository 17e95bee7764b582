"""The web app is restarted when it ends or hangs; donations do not depend on it."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from local.child import stop_children
from local.ports import HOST, find_free_port
from local.web_server import WebApp

ROOT = Path(__file__).parents[2]


@pytest.fixture
def said() -> list[str]:
    return []


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def web(tmp_path: Path, said: list[str], clock: Clock) -> Iterator[WebApp]:
    app = WebApp(
        HOST,
        find_free_port(),
        redis_url=f"redis://{HOST}:1",
        boards=str(ROOT / "boards"),
        cache=tmp_path,
        say=said.append,
        clock=clock,
    )
    try:
        app.wait_until_ready(threading.Event())
        yield app
    finally:
        stop_children([app.child])


def keep_until(web: WebApp, condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        web.keep()
        time.sleep(0.02)


def test_one_that_ends_is_started_again_on_the_same_address(
    web: WebApp, said: list[str], tmp_path: Path
) -> None:
    first = web.child
    web.keep()
    assert web.child is first
    first.process.kill()
    first.process.wait()
    web.keep()
    assert web.child is not first
    web.wait_until_ready(threading.Event())
    assert "ended by signal 9" in said[0]
    assert "No data is lost" in said[1]


def test_one_that_hangs_is_killed_and_started_again(
    web: WebApp, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("local.web_server._PROBE_SECONDS", 0.05)
    monkeypatch.setattr("local.web_server._PROBE_TIMEOUT_SECONDS", 0.2)
    first, stop, answered = web.child, threading.Event(), threading.Event()
    read_status = web._read_status

    def read(timeout_seconds: float) -> int | None:
        status = read_status(timeout_seconds)
        if status is not None:
            answered.set()
        return status

    monkeypatch.setattr(web, "_read_status", read)
    prober = threading.Thread(target=web.probe, args=(stop,))
    prober.start()
    try:
        assert answered.wait(20)
        os.kill(first.process.pid, signal.SIGSTOP)
        keep_until(web, lambda: web.child is not first)
        web.wait_until_ready(stop)
    finally:
        stop.set()
        prober.join()
    assert first.process.returncode == -signal.SIGKILL
    assert "stopped answering" in said[0]


def test_one_that_ends_again_and_again_is_started_less_and_less_often(
    web: WebApp, clock: Clock
) -> None:
    starts: list[float] = []
    for _ in range(5):
        web.child.process.kill()
        web.child.process.wait()
        before = web.child
        while web.child is before:
            web.keep()
            clock.now += 0.5
        starts.append(clock.now)
    assert [later - earlier for earlier, later in pairwise(starts)] == [1.5, 2.5, 4.5, 8.5]
