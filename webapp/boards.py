"""The JSON API: boards, their snapshots, and what could not be counted."""

import json
import re
from collections.abc import Mapping
from typing import Any

from redis.asyncio import Redis
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from aggregates.connection import REDIS_ERRORS
from aggregates.keys import board_keys
from webapp.feed import Feed

_MAX_LISTED = 100
_QUOTED = re.compile(r'".*"', re.DOTALL)


class UnknownBoard(HTTPException):
    """A request names a board that there is not."""

    def __init__(self, board: str, known: list[str]) -> None:
        super().__init__(404, f"there is no board {board!r}")
        self.known = known


def _hide(item: dict[str, Any]) -> dict[str, Any]:
    """Return a rejected item without its key, and its reason without the value it quotes."""
    return item | {"key": None, "reason": _QUOTED.sub('"…"', item["reason"])}


def choose_board(name: str | None, feeds: Mapping[str, Feed]) -> str:
    """Return the name of the board that is asked for, the first where none is named.

    Raises `UnknownBoard`.
    """
    if name is None:
        return next(iter(feeds))
    if name not in feeds:
        raise UnknownBoard(name, list(feeds))
    return name


async def answer_unknown_board(_: Request, error: Exception) -> Response:
    """Return the 404 that lists the boards there are."""
    assert isinstance(error, UnknownBoard)
    return JSONResponse({"error": error.detail, "boards": error.known}, status_code=404)


def board_routes(feeds: Mapping[str, Feed], redis: Redis) -> list[Route]:
    """Return the routes under `/api/boards`."""

    # All of them in the event loop: feeds change there.
    async def list_boards(_: Request) -> Response:
        boards = [{"name": name, "title": feed.board.title} for name, feed in feeds.items()]
        return JSONResponse({"boards": boards})

    async def show_board(request: Request) -> Response:
        feed = feeds[choose_board(request.path_params["board"], feeds)]
        headers = {"cache-control": "no-cache", "access-control-allow-origin": "*"}
        if feed.state is None:
            body = {"error": feed.status.reason, "status": feed.status_json()}
            return JSONResponse(body, status_code=503, headers=headers | {"retry-after": "2"})
        headers["etag"] = f'"{feed.tag}"'
        if headers["etag"] in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(feed.snapshot_text(), media_type="application/json", headers=headers)

    async def list_rejected(request: Request) -> Response:
        board = feeds[choose_board(request.path_params["board"], feeds)].board
        key = board_keys(board.name).rejected
        try:
            count = await redis.hlen(key)
            found: list[Any] = []
            async for entry in redis.hscan_iter(key, count=_MAX_LISTED):
                found.append(entry)
                if len(found) == _MAX_LISTED:
                    break
        except REDIS_ERRORS as error:
            # Its text may have Redis' address.
            reason = f"Redis does not answer ({type(error).__name__})"
            return JSONResponse({"error": reason}, status_code=503)
        # Its key, or a value in a wrong place, may be an e-mail address.
        listed = set(board.ticker.attributes) if board.ticker else set()
        public = set(board.key) <= listed
        items = [{"key": item.decode(), **json.loads(why)} for item, why in found]
        return JSONResponse({"count": count, "items": items if public else list(map(_hide, items))})

    return [
        Route("/api/boards", list_boards),
        Route("/api/boards/{board}", show_board),
        Route("/api/boards/{board}/rejected", list_rejected),
    ]
