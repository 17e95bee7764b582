"""The crew's pages as an ASGI application, to mount at `/crew` or to serve on its own."""

import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from aggregates.board import Board
from aggregates.connection import REDIS_ERRORS, connect
from crew.access import COOKIE, SESSION_SECONDS, Access, Refused
from crew.approving import approving_routes
from crew.body_limit import BodyLimit
from crew.control import Screens
from crew.controlling import controlling_routes
from crew.desk import TABLE_ERRORS, Desk, make_desk
from crew.display import Display
from crew.entering import entering_routes
from crew.exporting import exporting_routes
from crew.finding import finding_routes
from crew.forms import FormError
from crew.importing import importing_routes
from crew.index import REFRESH_SECONDS, ReadItems
from crew.journal import NotKept, Written
from crew.pages import Pages
from crew.reporting import reporting_routes
from crew.settings import CrewSettings
from crew.signing_in import signing_in_routes
from intake.intake import Intake

_STATIC = Path(__file__).parent / "static"
_CONTROL_PATIENCE_SECONDS = 2.0
logger = logging.getLogger(__name__)


def create_crew(
    settings: CrewSettings,
    boards: Sequence[Board],
    dynamodb: Any,
    *,
    keep: Callable[[Sequence[Written]], None] = lambda _: None,
    read_items: ReadItems | None = None,
    read_code: Callable[[], str] | None = None,
    root: str = "",
    refresh_seconds: float = REFRESH_SECONDS,
    read_notice: Callable[[], str] = lambda: "",
    read_intake: Callable[[], Intake | None] = lambda: None,
) -> Starlette:
    """Return the crew's application; its addresses lie under `root` + `/crew`.

    `read_items(table)` yields all items of a table; by default, a Scan.

    `dynamodb` is a boto3 client; threads share it. `keep` is called with each write after DynamoDB
    has taken it and before the helper is told, from many threads; if it raises, the helper is told
    that it is not certain. `read_code` returns the current code; by default, the settings' code.

    A caller that follows the tables' streams may pass each change to `app.state.desk.note`, and
    then have the tables read less often with `refresh_seconds`. `read_notice` returns a notice for
    the crew, such as a mistake in the board's file; "" for none. `read_intake` returns what takes
    donations from providers, for the page of how it is.
    """
    access = Access(read_code or (lambda: settings.code), sign_in_path=f"{root}/crew/sign-in")
    desk = make_desk(
        boards,
        dynamodb,
        access,
        Screens(connect(settings.redis_url, _CONTROL_PATIENCE_SECONDS)),
        Display(settings.display_url),
        journal_suffix=settings.journal_suffix,
        keep=keep,
        read_items=read_items,
        root=root,
        refresh_seconds=refresh_seconds,
        read_notice=read_notice,
        read_intake=read_intake,
    )
    pages = Pages(desk)
    routes: list[BaseRoute] = [
        *signing_in_routes(desk, pages),
        *entering_routes(desk, pages),
        *finding_routes(desk, pages),
        *approving_routes(desk, pages),
        *importing_routes(desk, pages),
        *controlling_routes(desk, pages),
        *reporting_routes(desk, pages),
        *exporting_routes(desk, pages),
        Mount("/static", StaticFiles(directory=_STATIC)),
    ]
    session = Middleware(
        SessionMiddleware,
        secret_key=settings.session_key,
        session_cookie=COOKIE,
        max_age=SESSION_SECONDS,
        path=f"{root}/crew",
        same_site="lax",
        https_only=settings.https,
    )
    app = Starlette(
        routes=routes,
        middleware=[Middleware(BodyLimit), session],
        exception_handlers=_make_handlers(desk, pages),
    )
    app.state.desk = desk
    return app


def serve_alone(
    crew: Starlette,
    root: str = "",
    routes: Sequence[BaseRoute] = (),
    running: Callable[[], AbstractAsyncContextManager[object]] = nullcontext,
) -> Starlette:
    """Return an application with the crew's pages at `root` + `/crew`, and `/healthz`.

    `routes` come beside them; `running` is entered before the first request and left after the
    last one.
    """

    async def say_healthy(_: Request) -> Response:
        return Response("ok\n", media_type="text/plain")

    all_routes = [Route("/healthz", say_healthy), *routes, Mount(f"{root}/crew", crew)]
    return Starlette(routes=all_routes, lifespan=lambda _: _enter(running()))


@asynccontextmanager
async def _enter(running: AbstractAsyncContextManager[object]) -> AsyncIterator[None]:
    async with running:
        yield


def _make_handlers(desk: Desk, pages: Pages) -> Mapping[Any, Any]:
    def answer(request: Request, status: int, reason: str) -> Response:
        board = next(iter(desk.boards.values())).board
        return pages.show(request, "problem.html", board, status, reason=reason)

    async def answer_refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, Refused)
        return answer(request, error.status, error.reason)

    async def answer_form(request: Request, error: Exception) -> Response:
        return answer(request, 422, str(error))

    async def answer_not_kept(request: Request, error: Exception) -> Response:
        logger.error("a change could not be saved: %s", error)
        reason = f"It is not certain that this was saved: {error}. Check it, then try again."
        return answer(request, 503, reason)

    async def answer_table(request: Request, error: Exception) -> Response:
        logger.error("a request to DynamoDB failed: %s", error)
        reason = (
            "The database reports an error or does not answer. Your change may not be saved: check"
            " it, then try again in a moment."
        )
        return answer(request, 503, reason)

    async def answer_redis(request: Request, error: Exception) -> Response:
        logger.error("Redis does not answer: %s", type(error).__name__)
        reason = "The screens cannot be reached: Redis does not answer. Try again in a moment."
        return answer(request, 503, reason)

    async def answer_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        known = {404: "There is no such page.", 405: "This page does not accept such a request."}
        return answer(request, error.status_code, known.get(error.status_code, error.detail))

    handlers: dict[Any, Any] = {
        Refused: answer_refused,
        FormError: answer_form,
        NotKept: answer_not_kept,
        HTTPException: answer_http,
    }
    handlers |= dict.fromkeys(REDIS_ERRORS, answer_redis)
    return handlers | dict.fromkeys(TABLE_ERRORS, answer_table)
