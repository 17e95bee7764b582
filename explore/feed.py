"""Where sinks hand their changes to the service: an application of its own, on its own address.

It can change what is told, so it is never reachable for those who ask.
"""

import hmac
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from explore.engine_client import Engine
from explore.errors import EngineError, QueryRefused

logger = logging.getLogger("tallyboard")

# An invocation has at most 6 MB of records, a page of a scan 1 MB; both grow a little as JSON.
_MOST_BYTES = 32 * 2**20

Details = dict[str, Any]
Told = dict[str, Any]
Do = Callable[[Engine, str, Details], Awaitable[Told]]


async def _apply(engine: Engine, board: str, details: Details) -> Told:
    return await engine.apply(board, details["changes"])


async def _fill_page(engine: Engine, board: str, details: Details) -> Told:
    return await engine.fill_page(board, details["fill"], details["guard"], details["images"])


async def _compare(engine: Engine, board: str, details: Details) -> Told:
    return {"different": await engine.compare(board, details["images"])}


def _pass_on(do: str) -> Do:
    async def write(engine: Engine, board: str, details: Details) -> Told:
        return await engine.write(board, do, **details)

    return write


_PASSED_ON = ("begin_fill", "end_fill", "abandon_fill", "note_behind", "tell", "list_keys")

DOES: Mapping[str, Do] = {
    "apply": _apply,
    "fill_page": _fill_page,
    "compare": _compare,
    **{do: _pass_on(do) for do in _PASSED_ON},
}


def make_feed(engine: Engine, key: str, on_done: Callable[[str, str], None]) -> Starlette:
    """Return the application. `key` is what callers must show; empty for none.

    `on_done` is called with the board and what was done.
    """
    wanted = f"Bearer {key}".encode()

    async def answer(request: Request) -> Response:
        shown = request.headers.get("authorization", "").encode()
        if key and not hmac.compare_digest(shown, wanted):
            return _refuse(401, "the key is missing or wrong: set EXPLORE_FEED_KEY")
        if int(request.headers.get("content-length") or _MOST_BYTES + 1) > _MOST_BYTES:
            return _refuse(413, f"at most {_MOST_BYTES:,} bytes are taken")
        board, do = request.path_params["board"], request.path_params["do"]
        if do not in DOES:
            return _refuse(404, f"there is no {do!r}")
        if board not in engine.makers:
            return _refuse(404, f"the service has no sink of the board {board!r}")
        try:
            details = await request.json()
            told = await DOES[do](engine, board, details)
        except (EngineError, OSError) as error:
            logger.error("board %s: %s failed: %s", board, do, error)
            return _refuse(400 if isinstance(error, QueryRefused) else 503, str(error))
        except (KeyError, TypeError, ValueError) as error:
            logger.error("board %s: %s failed: %s: %s", board, do, type(error).__name__, error)
            return _refuse(400, f"{type(error).__name__}: {error}")
        on_done(board, do)
        return JSONResponse(told)

    return Starlette(routes=[Route("/feed/{board}/{do}", answer, methods=["POST"])])


def _refuse(status: int, why: str) -> Response:
    return JSONResponse({"error": why}, status)
