"""The engine's life within a service: it is fed by sinks, kept, and asked through `engine`."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import uvicorn

from aggregates.board import Board
from explore.engine_client import Engine
from explore.feed import make_feed
from explore.keeper import Keeper
from explore.limits import Limits
from sinks.kinds.sql import Sql


@dataclass(frozen=True)
class Service:
    """What is asked: the engine, and the boards that have a SQL sink, by name."""

    engine: Engine
    boards: Mapping[str, Board]


@asynccontextmanager
async def open_service(
    sinks: Mapping[str, Sql],
    folder: Path,
    feed: str,
    dynamodb: Any,
    *,
    feed_key: str = "",
    limits: Limits | None = None,
) -> AsyncIterator[Service]:
    """Start the engine, take changes at the address `feed`, and keep the rows of `sinks`.

    `feed` is `unix:` and the path of a socket, or `http://host:port`, where `feed_key` is asked
    for. `folder` is where the files are. `dynamodb` is a boto3 client. Raises ValueError.
    """
    boards = {sink.board.name: sink.board for sink in sinks.values()}
    hidden = {sink.board.name: sink.hidden for sink in sinks.values()}
    async with AsyncExitStack() as stack:
        engine = await stack.enter_async_context(
            Engine(boards, folder, hidden=hidden, limits=limits)
        )
        keepers = {sink.board.name: Keeper(sink, engine, dynamodb) for sink in sinks.values()}

        def poke_all() -> None:
            for keeper in keepers.values():
                keeper.poke()

        engine.on_start = poke_all
        app = make_feed(engine, feed_key, lambda board, do: keepers[board].note_done(do))
        server = _FeedServer(_configure(app, feed, feed_key))
        serving = asyncio.create_task(server.serve())
        stack.push_async_callback(_stop, server, serving)
        keeping = [asyncio.create_task(keeper.run()) for keeper in keepers.values()]
        stack.push_async_callback(_cancel, keeping)
        yield Service(engine, boards)


class _FeedServer(uvicorn.Server):
    """A server beside another one, which has the signals."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _configure(app: Any, feed: str, key: str) -> uvicorn.Config:
    options: dict[str, Any] = {"lifespan": "off", "log_config": None, "access_log": False}
    if feed.startswith("unix:"):
        path = Path(feed.removeprefix("unix:"))
        path.parent.mkdir(parents=True, exist_ok=True)
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
