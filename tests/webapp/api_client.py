"""A client of the web app's JSON, without a socket."""

import httpx
from redis.asyncio import Redis as AsyncRedis
from starlette.applications import Starlette

from webapp.api import UnknownBoard, answer_unknown_board, board_routes
from webapp.feed import Feed
from webapp.presence import Presence


def open_client(
    feeds: dict[str, Feed], redis: AsyncRedis, presence: Presence | None = None
) -> httpx.AsyncClient:
    app = Starlette(
        routes=board_routes(feeds, redis, presence or Presence()),
        exception_handlers={UnknownBoard: answer_unknown_board},
    )
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://tallyboard")


def address(feed: Feed, part: str = "") -> str:
    return f"/api/boards/{feed.board.name}{part}"
