"""Tallyboard's way for totals: the board of a folder is counted, and its total sinks run.

All parts are the real ones: the handler, the reconcile that proves the board, the watch that keeps
it live, and the processes `python -m sinks` and `python -m webapp`.
"""

import json
import os
import shutil
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError
from redis import Redis

from aggregates.board import ALL, Board
from aggregates.board_file import load_boards
from aggregates.keys import board_keys
from examples.asking import fetch_json
from examples.place import Place
from lambda_handler.board_target import count_on
from lambda_handler.consume import Consumer
from local.child import Child, start_child, stop_children
from local.dynamodb import REGION
from local.ports import HOST
from local.worker import Worker
from reconcile.chain_watch import ChainWatch
from reconcile.reading import Reading
from reconcile.reconcile import reconcile_board
from reconcile.tip import Tip
from sinks.choosing import choose_total_sinks
from sinks.kinds.page import Page
from sinks.kinds.totals import Totals

# The local DynamoDB sorts the whole table for each page, so read few large pages.
_READING = Reading(segments=1, read_items=20_000)
_PATIENCE_SECONDS = 60.0
_LOOK_SECONDS = 0.1


class CountedBoard:
    """The one board of a folder, with the total sinks in the folder `sinks` beside it."""

    def __init__(self, folder: Path, place: Place, say: Callable[[str], None]) -> None:
        # A page is written beside its file, and that must not be in the source tree.
        self._folder = place.folder / folder.name
        shutil.copytree(folder, self._folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
        [self.board] = load_boards(str(self._folder)).values()
        self.table = self.board.table
        self._sinks = choose_total_sinks({self.board.name: self.board}, str(self._folder))
        self._place, self._say = place, say
        self._redis = Redis.from_url(place.redis_url)
        self._consumer = Consumer(count_on([self.board], lambda: self._redis))
        self._children: list[Child] = []
        self._watch: Worker | None = None

    def begin(self) -> None:
        """Prove the board while its table is empty; start the watch, the sinks and the web app."""
        for sink in self._sinks:
            self._say(f"{sink.name}: {sink.describe()}")
        self._redis.unlink(*board_keys(self.board.name))
        self._reconcile(self.board)
        watch = ChainWatch(
            [self.board],
            self._redis,
            lambda table, cursors: Tip(
                table, self._place.dynamodb, self._place.streams, cursors, from_start=True
            ),
            self._reconcile,
            from_start=True,
        )
        self._watch = Worker("the watch", watch.run, 10.0)
        self._start("the web app", "webapp", PORT=str(self._place.web_port), HOST=HOST)
        self._start("the sinks of the totals", "sinks")
        self._wait(lambda: self._read_web() is not None, "the web app")

    def take(self, event: dict[str, Any]) -> None:
        response = self._consumer.consume(event)
        if response["batchItemFailures"]:
            raise RuntimeError(f"a batch was not counted: {response}")

    def finish(self) -> None:
        """Wait until the web app and each sink have the newest version of the board, as live."""
        counted: Any = self._redis.hget(board_keys(self.board.name).meta, "version")
        version = int(counted)
        self._wait(lambda: self._read_web() == version, "the web app")
        for sink in self._sinks:
            self._wait(partial(self._has, sink, version), sink.name)

    def end(self) -> None:
        if self._watch is not None:
            self._watch.stop.set()
            self._watch.join(self._watch.patience_seconds)
        stop_children(self._children)
        self._redis.unlink(*board_keys(self.board.name))
        self._redis.close()

    def _reconcile(self, board: Board) -> None:
        reconcile_board(board, self._place.dynamodb, self._redis, _READING)

    def _has(self, sink: Page | Totals, version: int) -> bool:
        if isinstance(sink, Page):
            return self._read_page(sink) == version
        key = {sink.key: {"S": ALL}}
        reply = self._place.dynamodb.get_item(TableName=sink.target, Key=key, ConsistentRead=True)
        item: dict[str, Any] = reply.get("Item", {})
        return bool(item) and item["live"]["BOOL"] and item["version"]["N"] == str(version)

    def _read_page(self, sink: Page) -> int | None:
        """Return the version of a published page; None if it is not live."""
        try:
            if sink.folder is not None:
                return _find_version(json.loads((sink.folder / "board.json").read_bytes()))
            key = f"{sink.prefix}board.json"
            reply = self._place.s3.get_object(Bucket=sink.bucket, Key=key)
            return _find_version(json.load(reply["Body"]))
        except (OSError, ClientError):
            return None

    def _read_web(self) -> int | None:
        try:
            return _find_version(fetch_json(self._place.web_url, f"/api/boards/{self.board.name}"))
        except OSError:
            return None

    def _wait(self, is_so: Callable[[], bool], what: str) -> None:
        pause = threading.Event()
        for _ in range(int(_PATIENCE_SECONDS / _LOOK_SECONDS)):
            for child in self._children:
                if child.ended:
                    raise RuntimeError(child.describe_end())
            if is_so():
                return
            pause.wait(_LOOK_SECONDS)
        raise RuntimeError(f"{what} is not live with all changes within {_PATIENCE_SECONDS:.0f} s")

    def _start(self, name: str, module: str, **told: str) -> None:
        environment = {
            "REDIS_URL": self._place.redis_url,
            "BOARDS": str(self._folder),
            "AWS_ENDPOINT_URL": self._place.dynamodb.meta.endpoint_url,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_DEFAULT_REGION": REGION,
            "NO_PROXY": HOST,
        }
        child = start_child(
            name,
            [sys.executable, "-m", module],
            log=self._folder / f"{module}.log",
            environment=os.environ | environment | told,
        )
        self._children.append(child)


def _find_version(told: dict[str, Any]) -> int | None:
    """Return the version of a board's JSON; None if it is not live."""
    return told["version"] if told["status"]["live"] else None
