"""The API and the page behind a real server, on a real engine in its own process."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Coroutine, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import httpx
import uvicorn

from aggregates.board import Board
from explore.app import create_app
from explore.engine_client import Engine
from explore.http_settings import HttpSettings
from explore.keys import Key, dump_keys, make_key
from explore.limits import Limits
from tests.conftest import free_port
from webapp.bounded_protocol import BoundedProtocol

Image = Mapping[str, Any]
_T = TypeVar("_T")
_START_SECONDS = 20.0


def gift(key: str, amount: Any = 25, platform: str = "Phone", **attributes: Any) -> Image:
    """Return a donation's item; each is a minute later than the one before."""
    number = sum(map(int, filter(str.isdigit, key))) if key else 0
    at = datetime(2026, 11, 21, 19, tzinfo=UTC) + timedelta(minutes=number)
    value = amount if isinstance(amount, dict) else {"N": str(amount)}
    item: dict[str, Any] = {
        "donationId": {"S": key},
        "platform": {"S": platform},
        "amount": value,
        "donatedAt": {"S": at.isoformat()},
    }
    return item | attributes


class Served:
    """A server that runs in a thread, with its engine, and a client whose key may do everything."""

    def __init__(
        self,
        boards: Mapping[str, Board],
        folder: Path,
        *,
        queries: str = "",
        origins: tuple[str, ...] = (),
        limits: Limits | None = None,
        redis_url: str = "",
    ) -> None:
        self.folder, self.boards = folder, boards
        self.board = next(iter(boards))
        self.keys: dict[str, Key] = {}
        self._writing_keys = threading.Lock()
        self.keys_file = folder / "keys.json"
        self.engine = Engine(boards, folder, limits=limits)
        self._changes = 0
        queries = queries or str(folder / "none")
        settings = HttpSettings(self.keys_file, queries, origins, redis_url=redis_url)
        self.app = create_app(settings, boards, self.engine, self._running)
        self.results = self.app.state.api.results
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        config = uvicorn.Config(
            self.app, port=self.port, log_level="error", access_log=False, http=BoundedProtocol
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        deadline = time.monotonic() + _START_SECONDS
        while not self._server.started:
            assert self._thread.is_alive(), "the server did not start"
            assert time.monotonic() < deadline, "the server did not start in time"
            self._thread.join(0.01)
        self.client = self.connect()

    @asynccontextmanager
    async def _running(self) -> AsyncIterator[None]:
        self._loop = asyncio.get_running_loop()
        async with self.engine:
            yield

    def connect(self, **may: Any) -> httpx.Client:
        """Return a client with a new key."""
        text = self.make_key(**may)
        headers = {"authorization": f"Bearer {text}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=30)

    def make_key(self, **may: Any) -> str:
        """Make a key, and return its text."""
        boards = may.pop("boards", ("*",))
        text, key = make_key("Ana", boards, "2026-11-21T19:00:00Z", **may)
        with self._writing_keys:  # tests ask in threads
            self.keys[key.id] = key
            self.write_keys()
        return text

    def write_keys(self) -> None:
        written = self.keys_file.with_suffix(".new")
        written.write_bytes(dump_keys(self.keys))
        written.replace(self.keys_file)

    def run(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Run something in the server's event loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    def fill(self, items: Iterable[Image], board: str = "") -> None:
        """Fill a board's table; it is live then."""
        board, images = board or self.board, list(items)
        self.run(self.engine.write(board, "begin_fill", fill="f", cut=0.0))
        for first in range(0, len(images), 1000):
            page = images[first : first + 1000]
            self.run(self.engine.fill_page(board, "f", 2**53, page))
        self.run(self.engine.write(board, "end_fill", fill="f", forget=0.0))

    def change(self, *items: Image, board: str = "") -> None:
        """Change items, as the stream tells."""
        changes = []
        for item in items:
            self._changes += 1
            at, made = f"{self._changes:057}", 1_800_000_000.0 + self._changes
            changes.append({"keys": item, "new": item, "at": at, "made": made})
        self.run(self.engine.apply(board or self.board, changes))

    def ask(self, sql: str, client: httpx.Client | None = None, **more: Any) -> httpx.Response:
        """Ask in SQL."""
        body = {"sql": sql, **more}
        return (client or self.client).post(f"/api/boards/{self.board}/query", json=body)

    def close(self) -> None:
        self.client.close()
        self._server.should_exit = True
        self._thread.join(20)
        assert not self._thread.is_alive()
