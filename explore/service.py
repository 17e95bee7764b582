"""The engine's life within a service: it is fed by sinks, kept, and asked through `engine`."""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import uvicorn

from aggregates.board import Board
from explore.engine_client import Engine
from explore.engine_process import MODULE
from explore.feed import make_feed
from explore.keeper import Keeper
from explore.limits import Limits
from sinks.filling import MARGIN_SECONDS
from sinks.kinds.sql import Sql


class Service:
    """What is asked: `engine`, and `boards` that have a SQL sink, by name, while it is `running`.

    `feed` is where sinks hand in changes: `unix:` and the path of a socket, or `http://host:port`,
    where `feed_key` is asked for. `folder` is where the files are. `dynamodb` is a boto3 client.
    `margin_seconds` is what DynamoDB's clocks may differ by. Raises ValueError for another address.
    """

    def __init__(
        self,
        sinks: Collection[Sql],
        folder: Path,
        feed: str,
        dynamodb: Any,
        *,
        feed_key: str = "",
        limits: Limits | None = None,
        margin_seconds: int = MARGIN_SECONDS,
        module: Sequence[str] = MODULE,
    ) -> None:
        self.boards: Mapping[str, Board] = {sink.board.name: sink.board for sink in sinks}
        hidden = {sink.board.name: sink.hidden for sink in sinks}
        self.engine = Engine(self.boards, folder, hidden=hidden, limits=limits, module=module)
        self._keepers = {
            sink.board.name: Keeper(sink, self.engine, dynamodb, margin_seconds) for sink in sinks
        }
        self.engine.on_start = self._poke_all
        app = make_feed(self.engine, feed_key, self._note_done)
        self._config = _configure(app, feed, feed_key)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Start the engine, take changes, and keep the rows, until the end of the block."""
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self.engine)
            server = _FeedServer(self._config)
            serving = asyncio.create_task(server.serve())
            stack.push_async_callback(_stop, server, serving)
            keeping = [asyncio.create_task(one.run()) for one in self._keepers.values()]
            stack.push_async_callback(_cancel, keeping)
            yield

    def _poke_all(self) -> None:
        for keeper in self._keepers.values():
            keeper.poke()

    def _note_done(self, board: str, do: str) -> None:
        self._keepers[board].note_done(do)


class _FeedServer(uvicorn.Server):
    """A server beside another one, which has the signals."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _configure(app: Any, feed: str, key: str) -> uvicorn.Config:
    options: dict[str, Any] = {"lifespan": "off", "log_config": None, "access_log": False}
    if feed.startswith("unix:"):
        path = Path(feed.removeprefix("unix:"))
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        return uvicorn.Config(app, uds=str(path), **options)
    parts = urlsplit(feed)
    if parts.scheme != "http" or not parts.hostname or not parts.port:
        raise ValueError(f"EXPLORE_FEED is {feed!r}; write http://host:port or unix:/path")
    if not key:
        raise ValueError(
            "EXPLORE_FEED_KEY is missing: whoever reaches the address could change the rows"
        )
    return uvicorn.Config(app, host=parts.hostname, port=parts.port, **options)


async def _stop(server: uvicorn.Server, serving: "asyncio.Task[None]") -> None:
    server.should_exit = True
    await asyncio.wait([serving], timeout=5)


async def _cancel(tasks: list["asyncio.Task[None]"]) -> None:
    for task in tasks:
        task.cancel()
    for task in tasks:
        with suppress(asyncio.CancelledError):
            await task
