"""The stack behind a screen: its own boards, the real counting function, the real web app."""

import contextlib
import itertools
import os
import re
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from redis import Redis
from redis.exceptions import RedisError

from aggregates.board import Board
from aggregates.board_file import load_board
from aggregates.keys import board_keys
from aggregates.message import format_time
from lambda_handler.board_target import count_on
from lambda_handler.consume import Consumer
from reconcile.reconcile import reconcile_board
from tests.conftest import ROOT, free_port
from tests.stream_events import donation, event, record
from tests.waiting import wait_for
from tests.webapp.states import note_chain

_EXAMPLE = (ROOT / "boards/fundraiser.toml").read_text("utf-8")
# Later than the stream that the local DynamoDB creates for a table.
_ARN = "arn:aws:dynamodb:eu-west-1:1:table/{}/stream/2036-11-21T18:00:00.000"
# Lambda's default batch size for DynamoDB.
_BATCH = 100
_NOTE_EVERY_SECONDS = 1.0

Json = dict[str, Any]
Record = dict[str, Any]
Item = dict[str, Any]


class _Scanned:
    """As much of a DynamoDB as a reconcile reads: the items of one table, on one page."""

    def __init__(self, items: dict[str, Item]) -> None:
        self._items = items

    def describe_table(self, **_: Any) -> Json:
        return {"Table": {}}

    def scan(self, **asked: Any) -> Json:
        return {"Items": list(self._items.values()) if asked.get("Segment", 0) == 0 else []}


class Stage:
    """A folder of boards, each with its own table, really counted and served."""

    def __init__(self, redis_url: str, folder: Path) -> None:
        self.redis = Redis.from_url(redis_url)
        self.boards: dict[str, Board] = {}
        self.folder = folder
        self._redis_url = redis_url
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._tables: dict[str, dict[str, Item]] = {}
        self._numbers = itertools.count(1)
        self._ended = threading.Event()
        self._watch = threading.Thread(target=self._note_chains, daemon=True)
        self._watch.start()
        self.url = f"http://127.0.0.1:{self._port}"

    def write_board(self, name: str, **fields: str) -> str:
        """Return the name of a new board like the example; `fields` are TOML values to change.

        The name is unique, so that keys of other runs in Redis do not interfere.
        """
        name = f"{name}-{secrets.token_hex(3)}"
        self.rewrite_board(name, **fields)
        return name

    def rewrite_board(self, name: str, **fields: str) -> None:
        """Rewrite a board's file; a running web app has already read the old one."""
        text = _EXAMPLE
        for field, value in {"table": f'"{name}"', **fields}.items():
            line = f"{field} = {value}"
            text, found = re.subn(rf"(?m)^{field} = .*$", line.replace("\\", r"\\"), text)
            if not found:
                text = f"{line}\n{text}"
        (self.folder / f"{name}.toml").write_text(text, "utf-8")
        self.read_board(name)
        self._tables.setdefault(name, {})

    def read_board(self, name: str) -> None:
        """Have donations counted as a board's file now says."""
        self.boards[name] = load_board(self.folder / f"{name}.toml")

    # The web app

    def start(self) -> None:
        """Start the web app, always on the same port."""
        told = {"PORT": str(self._port), "REDIS_URL": self._redis_url, "BOARDS": str(self.folder)}
        command = [sys.executable, "-m", "webapp"]
        self._process = subprocess.Popen(command, cwd=ROOT, env=os.environ | told)
        wait_for(self._answers)

    def kill(self) -> None:
        """Kill the web app."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def freeze(self) -> None:
        """Freeze the web app with its connections open."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/healthz").is_success
        except httpx.TransportError:
            return False

    def read_api(self, board: str) -> Json:
        """Return the snapshot from the API, once it contains everything delivered."""
        counted: Any = self.redis.hmget(board_keys(board).meta, ["epoch", "version"])
        epoch, version = counted
        snapshot: Json = {}

        def has_heard_all() -> bool:
            nonlocal snapshot
            snapshot = httpx.get(f"{self.url}/api/boards/{board}").raise_for_status().json()
            return (snapshot["epoch"], snapshot["version"]) == (epoch.decode(), int(version))

        wait_for(has_heard_all)
        return snapshot

    # Donations

    def record(
        self, board: str, platform: str, amount: float | str, *, key: str = "", at: str = ""
    ) -> Record:
        """Return the stream record of a new donation; by default with a new `key`, `at` now."""
        number = next(self._numbers)
        key = key or f"d-{number}"
        item = donation(key, platform, amount, at or format_time(datetime.now(UTC))[:19])
        self._tables[board][key] = item
        return record(number, item, arn=_ARN.format(board), created=time.time())

    def refund(self, board: str, key: str) -> None:
        """Take a donation back."""
        del self._tables[board][key]
        number, arn = next(self._numbers), _ARN.format(board)
        self.deliver(board, [record(number, None, key=key, arn=arn, created=time.time())])

    def give(self, board: str, platform: str, amount: float | str, key: str = "") -> None:
        """Deliver one donation."""
        self.deliver(board, [self.record(board, platform, amount, key=key)])

    def deliver(self, board: str, records: Sequence[Record]) -> None:
        """Call the function as Lambda does, in batches."""
        consumer = Consumer(count_on([self.boards[board]], lambda: self.redis))
        for first in range(0, len(records), _BATCH):
            answer = consumer.consume(event(*records[first : first + _BATCH]))
            assert answer == {"batchItemFailures": []}

    def prove(self, board: str) -> None:
        """Reconcile the totals with the table; the figures are live from then on."""
        reconcile_board(self.boards[board], _Scanned(self._tables[board]), self.redis)
        note_chain(self.redis, self.boards[board])

    def _note_chains(self) -> None:
        """Note that every board's chain is whole, as the watch does: all is delivered at once."""
        while not self._ended.wait(_NOTE_EVERY_SECONDS):
            for board in list(self.boards.values()):
                # Redis may be down at that moment.
                with contextlib.suppress(RedisError):
                    if self.redis.exists(board_keys(board.name).meta):
                        note_chain(self.redis, board)

    def end(self) -> None:
        """End the web app and the watch."""
        self._ended.set()
        self._watch.join()
        self.kill()

    def close(self) -> None:
        """End the web app and delete its keys from Redis."""
        self.end()
        with self.redis as redis:
            for name in self.boards:
                redis.unlink(*board_keys(name))
