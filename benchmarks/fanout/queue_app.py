"""The usual SSE app: one listener, an asyncio.Queue per client, sse-starlette's response."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from redis.asyncio import Redis
from sse_starlette import EventSourceResponse
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

_queues: set[asyncio.Queue[str]] = set()


async def _listen() -> None:
    async with Redis.from_url(os.environ["REDIS_URL"]) as redis, redis.pubsub() as pubsub:
        await pubsub.subscribe("aggregates")
        async for message in pubsub.listen():
            if message["type"] == "message":
                text = message["data"].decode()
                for queue in _queues:
                    queue.put_nowait(text)


@asynccontextmanager
async def _lifespan(_: Starlette) -> AsyncIterator[None]:
    task = asyncio.create_task(_listen())
    yield
    task.cancel()


async def _events(_: Request) -> Response:
    async def stream() -> AsyncIterator[dict[str, Any]]:
        queue: asyncio.Queue[str] = asyncio.Queue()
        _queues.add(queue)
        try:
            while True:
                yield {"event": "update", "data": await queue.get()}
        finally:
            _queues.discard(queue)

    return EventSourceResponse(stream())


async def _ready(_: Request) -> Response:
    return PlainTextResponse("ok")


def create_app() -> Starlette:
    """Return the app; it listens at `REDIS_URL`."""
    return Starlette(
        routes=[Route("/events", _events), Route("/ready", _ready)], lifespan=_lifespan
    )
