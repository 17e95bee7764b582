"""The SSE app of the tutorials: every client has a Redis subscription of its own."""

import os
from collections.abc import AsyncIterator
from typing import Any

from redis.asyncio import Redis
from sse_starlette import EventSourceResponse
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

# redis-py's pool has an end by default, which more clients than that only wait at.
_redis = Redis.from_url(
    os.environ.get("REDIS_URL", "redis://127.0.0.1:6379"), max_connections=20_000
)


async def _events(_: Request) -> Response:
    async def stream() -> AsyncIterator[dict[str, Any]]:
        async with _redis.pubsub() as pubsub:
            await pubsub.subscribe("aggregates")
            async for message in pubsub.listen():
                if message["type"] == "message":
                    yield {"event": "update", "data": message["data"].decode()}

    return EventSourceResponse(stream())


async def _ready(_: Request) -> Response:
    return PlainTextResponse("ok")


def create_app() -> Starlette:
    """Return the app; it subscribes at `REDIS_URL`."""
    return Starlette(routes=[Route("/events", _events), Route("/ready", _ready)])
