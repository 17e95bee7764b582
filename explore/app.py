"""The application: the API, the page, and the engine and the panels while it runs."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from aggregates.board import Board
from explore.api import Api
from explore.engine_client import Engine
from explore.guarding import Guarding
from explore.http_settings import HttpSettings
from explore.key_ring import KeyRing
from explore.page import page_routes
from explore.problems import Problem, answer_failure, answer_http, answer_problem
from explore.publishing import Publisher
from explore.stored import load_stored
from webapp.refusals import limit_accept_log

logger = logging.getLogger("tallyboard")

# What nginx says of a client that has left; nobody sees it.
_LEFT = 499


def create_app(
    settings: HttpSettings,
    boards: Mapping[str, Board],
    engine: Engine,
    running: Callable[[], AbstractAsyncContextManager[object]] = nullcontext,
    routes: Sequence[BaseRoute] = (),
) -> Starlette:
    """Return the application; raise `BoardError` for a stored query that cannot be used.

    `running` is entered before the first request and left after the last one; it opens the engine.
    `routes` are served beside those here.
    """
    stored = load_stored(settings.queries, boards)
    api = Api(engine, boards, stored, KeyRing(settings.keys))
    publisher = Publisher(settings.redis_url, boards, stored, api.versions, api.results)
    panels = [query.name for query in stored.values() if query.panel]
    if panels and not settings.redis_url:
        logger.warning("no screen shows %s: set REDIS_URL", ", ".join(panels))

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        limit_accept_log(asyncio.get_running_loop())
        async with running(), _publishing(publisher) if settings.redis_url else nullcontext():
            yield

    app = Starlette(
        routes=[Route("/healthz", _say_healthy), *routes, *api.routes(), *page_routes()],
        middleware=_make_middleware(settings.origins),
        exception_handlers={
            Problem: answer_problem,
            ClientDisconnect: _answer_left,
            HTTPException: answer_http,
            Exception: answer_failure,
        },
        lifespan=lifespan,
    )
    # A redirect would repeat the request's Host header, which a client can choose freely.
    app.router.redirect_slashes = False
    app.state.api = api
    return app


@asynccontextmanager
async def _publishing(publisher: Publisher) -> AsyncIterator[None]:
    """Keep the panels until the end of the block."""
    task = asyncio.create_task(publisher.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


def _make_middleware(origins: Sequence[str]) -> list[Middleware]:
    """Return what adds the security headers and, for pages of `origins`, the permission."""
    if not origins:
        return [Middleware(Guarding)]
    cross_origin = Middleware(
        CORSMiddleware,
        allow_origins=list(origins),
        allow_methods=["GET", "POST"],
        allow_headers=["authorization", "content-type", "if-none-match"],
        expose_headers=["etag", "retry-after", "x-truncated", "x-state", "x-version"],
        max_age=86_400,
    )
    return [Middleware(Guarding), cross_origin]


async def _say_healthy(_: Request) -> Response:
    return PlainTextResponse("ok\n")


async def _answer_left(_: Request, __: Exception) -> Response:
    return Response(status_code=_LEFT)
