"""The service that answers SQL as a child process, where a board has a sink of the kind sql."""

import importlib.util
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from aggregates.board_file import BoardError, load_boards
from local.child import Child, start_child
from local.dynamodb import REGION
from local.errors import LocalError
from local.explore_key import keep_key
from local.ports import HOST, find_free_port, require_free_port
from local.restarted import Restarted
from local.settings import Settings
from sinks.choosing import choose_sinks
from sinks.kinds.sql import Sql

# 8090 beside the web app's 8000.
_PORTS_AFTER = 90
_INSTALL = ".venv/bin/pip install -c requirements/constraints.txt -e '.[explore]'"


class Explore:
    """Its `process`; absent if there is no such sink, or the extra is not installed.

    Its rows are filled from the table whenever it starts. Raises `LocalError` for a mistake in a
    board's file.
    """

    def __init__(
        self, settings: Settings, dynamodb: str, redis_url: str, say: Callable[[str], None]
    ) -> None:
        self._settings, self._dynamodb, self._redis_url = settings, dynamodb, redis_url
        self.process = Restarted(None, "", say)
        # Where sinks hand in changes, and where people ask; empty without the process.
        self.feed = self.address = self.greeting = ""
        if not _has_sinks(settings):
            return
        if importlib.util.find_spec("duckdb") is None:
            say(f"! SQL over the table needs DuckDB: {_INSTALL}")
            return
        # A path of a socket is at most 107 bytes long, and our folder may be anywhere.
        self._socket = Path(tempfile.mkdtemp(prefix="tallyboard-"))
        self.feed = f"unix:{self._socket}/feed"
        port = _choose_port(settings.port)
        self.address = f"http://{HOST}:{port}"
        keys = Path(os.environ.get("EXPLORE_KEYS") or settings.cache / "explore-keys.json")
        key_file = settings.cache / "explore-key.txt"
        settings.cache.mkdir(parents=True, exist_ok=True)
        where = f"; its key is in {key_file}" if keep_key(keys, key_file) else ""
        self.greeting = f"SQL over the table: {self.address}/explore{where}"
        self._keys = keys.absolute()
        self._environment = self._make_environment(port)
        # The tables' streams are new, so the file of an earlier run is of no use.
        shutil.rmtree(self._folder, ignore_errors=True)
        self.process = Restarted(self._start, "it misses nothing", say)

    def remove(self) -> None:
        """Remove what only the running process needs."""
        if self.feed:
            shutil.rmtree(self._socket, ignore_errors=True)

    @property
    def _folder(self) -> Path:
        return self._settings.cache / "explore"

    def _make_environment(self, port: int) -> dict[str, str]:
        settings = self._settings
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
        no_proxy = ",".join(filter(None, (os.environ.get("NO_PROXY"), HOST)))
        return inherited | {
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL_DYNAMODB": self._dynamodb,
            "NO_PROXY": no_proxy,
            "BOARDS": settings.boards,
            "SINKS": settings.sinks,
            "QUERIES": settings.sinks,
            "REDIS_URL": self._redis_url,
            "EXPLORE_FOLDER": str(self._folder),
            "EXPLORE_FEED": self.feed,
            "EXPLORE_KEYS": str(self._keys),
            "HOST": HOST,
            "PORT": str(port),
        }

    def _start(self, is_again: bool) -> Child:
        return start_child(
            "the service of SQL",
            [sys.executable, "-m", "explore"],
            log=self._settings.cache / "explore.log",
            environment=self._environment,
            keep_log=is_again,
        )


def _choose_port(web_port: int) -> int:
    """Return the same port each time, because dashboards know it; another one if it is taken."""
    try:
        require_free_port(HOST, web_port + _PORTS_AFTER)
    except (LocalError, OverflowError):
        return find_free_port()
    return web_port + _PORTS_AFTER


def _has_sinks(settings: Settings) -> bool:
    try:
        sinks, _ = choose_sinks(load_boards(settings.boards), settings.sinks)
    except BoardError as error:
        raise LocalError(str(error)) from error
    return any(isinstance(sink, Sql) for sink in sinks.values())
