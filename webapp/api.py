"""The JSON API: boards, their snapshots, all their groups, and the items that cannot be counted."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from redis.asyncio import Redis
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from aggregates.connection import REDIS_ERRORS
from aggregates.groups_page import GroupsPage, Placed, read_group, read_groups
from aggregates.keys import board_keys
from aggregates.message import MessageError
from webapp.feed import Feed
from webapp.presence import Presence

_MAX_LISTED = 100
_MAX_GROUPS = 1000
_OPEN = {"cache-control": "no-cache", "access-control-allow-origin": "*"}
_QUOTED = re.compile(r'".*"', re.DOTALL)


class UnknownBoard(HTTPException):
    """A request names a board that does not exist."""

    def __init__(self, board: str, known: list[str]) -> None:
        super().__init__(404, f"there is no board {board!r}")
        self.known = known


def _hide(item: dict[str, Any]) -> dict[str, Any]:
    """Return a rejected item without its key, and its reason without the value it quotes."""
    return item | {"key": None, "reason": _QUOTED.sub('"…"', item["reason"])}


def choose_board(name: str | None, feeds: Mapping[str, Feed]) -> str:
    """Return the name of the requested board; the first board if none is named.

    Raises `UnknownBoard`.
    """
    if name is None:
        return next(iter(feeds))
    if name not in feeds:
        raise UnknownBoard(name, list(feeds))
    return name


async def answer_unknown_board(_: Request, error: Exception) -> Response:
    """Return the 404 response, which lists the existing boards."""
    assert isinstance(error, UnknownBoard)
    return JSONResponse({"error": error.detail, "boards": error.known}, status_code=404)


def board_routes(
    feeds: Mapping[str, Feed],
    redis: Redis,
    presence: Presence,
    *,
    with_rejected: bool = True,
    find_address: Callable[[], str] = lambda: "",
) -> list[Route]:
    """Return the routes under `/api/boards`; rejected items only with `with_rejected`.

    `find_address` returns the address at which other devices reach this server; "" if unknown.
    """

    # All handlers are async, so that they run in the event loop, where feeds change.
    async def list_boards(_: Request) -> Response:
        boards = [{"name": name, "title": feed.board.title} for name, feed in feeds.items()]
        address = find_address()
        return JSONResponse({"boards": boards} | ({"address": address} if address else {}))

    async def show_board(request: Request) -> Response:
        feed = feeds[choose_board(request.path_params["board"], feeds)]
        headers = dict(_OPEN)
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
            return _answer_unavailable(error)
        # An item's key, or a value in the wrong attribute, may be an e-mail address.
        listed = set(board.ticker.attributes) if board.ticker else set()
        public = set(board.key) <= listed
        items = [_read_rejected(item, why) for item, why in found]
        return JSONResponse({"count": count, "items": items if public else list(map(_hide, items))})

    async def list_groups(request: Request) -> Response:
        board = feeds[choose_board(request.path_params["board"], feeds)].board
        try:
            limit = int(request.query_params.get("limit", _MAX_LISTED))
            if not 1 <= limit <= _MAX_GROUPS:
                raise ValueError
            page = await read_groups(redis, board, request.query_params.get("after", ""), limit)
        except (*REDIS_ERRORS, MessageError) as error:
            return _answer_unavailable(error)
        except ValueError:
            error_text = (
                f"limit must be 1 to {_MAX_GROUPS}, after must be the `next` of the previous page"
            )
            return JSONResponse({"error": error_text}, status_code=400, headers=_OPEN)
        groups = [_placed_json(placed) for placed in page.groups]
        return JSONResponse(
            _page_json(page) | {"groups": groups, "next": page.cursor}, headers=_OPEN
        )

    async def show_group(request: Request) -> Response:
        board = feeds[choose_board(request.path_params["board"], feeds)].board
        name = request.path_params["group"]
        try:
            page = await read_group(redis, board, name)
        except (*REDIS_ERRORS, MessageError) as error:
            return _answer_unavailable(error)
        if not page.groups:
            body = {"error": "the board has no such group"}
            return JSONResponse(body, status_code=404, headers=_OPEN)
        return JSONResponse(_page_json(page) | _placed_json(page.groups[0]), headers=_OPEN)

    async def count_screens(request: Request) -> Response:
        board = choose_board(request.path_params["board"], feeds)
        return JSONResponse({"screens": presence.count(board)}, headers=_OPEN)

    async def list_panels(request: Request) -> Response:
        feed = feeds[choose_board(request.path_params["board"], feeds)]
        return JSONResponse({"panels": feed.panels.list_json()}, headers=_OPEN)

    return [
        Route("/api/boards", list_boards),
        Route("/api/boards/{board}", show_board),
        *([Route("/api/boards/{board}/rejected", list_rejected)] if with_rejected else []),
        Route("/api/boards/{board}/screens", count_screens),
        Route("/api/boards/{board}/panels", list_panels),
        Route("/api/boards/{board}/groups", list_groups),
        Route("/api/boards/{board}/groups/{group:path}", show_group),
    ]


def _answer_unavailable(error: Exception) -> Response:
    # Only the error's type: its text may contain Redis' address, or donors' texts.
    reason = f"Redis does not answer ({type(error).__name__})"
    return JSONResponse({"error": reason}, status_code=503, headers={"retry-after": "2"})


def _read_rejected(key: bytes, text: bytes) -> dict[str, Any]:
    """Return a rejected item; its reason says so if Redis holds something unreadable."""
    try:
        item = json.loads(text)
        return {"key": key.decode(), "reason": str(item["reason"]), "at": str(item["at"])}
    except (ValueError, KeyError, TypeError, RecursionError):
        return {"key": None, "reason": "the reason cannot be read", "at": None}


def _page_json(page: GroupsPage) -> dict[str, Any]:
    return {"epoch": page.epoch, "version": page.version, "count": page.group_count}


def _placed_json(placed: Placed) -> dict[str, Any]:
    return placed._asdict()
