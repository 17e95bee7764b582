"""The crew's pages as an application, to be mounted at `/crew` or to be served alone."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from aggregates.board import Board
from aggregates.connection import connect
from crew.access import COOKIE, SESSION_SECONDS, Access, Refused, check_origin
from crew.approving import approving_routes
from crew.body_limit import BodyLimit
from crew.control import Screens
from crew.controlling import controlling_routes
from crew.desk import Desk, make_board_desk
from crew.display import Display
from crew.entering import entering_routes
from crew.finding import finding_routes
from crew.journal import Written
from crew.pages import Pages
from crew.reporting import reporting_routes
from crew.settings import CrewSettings

_STATIC = Path(__file__).parent / "static"


def create_crew(
    settings: CrewSettings,
    boards: Sequence[Board],
    dynamodb: Any,
    *,
    keep: Callable[[Sequence[Written]], None] = lambda _: None,
    read_code: Callable[[], str] | None = None,
    root: str = "",
) -> Starlette:
    """Return the crew's application; its addresses lie under `root` + `/crew`.

    `dynamodb` is a boto3 client; `keep` is called with what DynamoDB has taken before a helper is
    told so. `read_code` returns the code of the moment, else it is that of the settings.
    """
    access = Access(read_code or (lambda: settings.code))
    desk = Desk(
        boards={
            b.name: make_board_desk(b, dynamodb, settings.journal_suffix, keep) for b in boards
        },
        access=access,
        screens=Screens(connect(settings.redis_url)),
        display=Display(settings.display_url),
        root=root,
    )
    pages = Pages(desk)

    async def sign_in(request: Request) -> Response:
        board = desk.choose(request).board
        if request.method != "POST":
            return pages.show(request, "sign_in.html", board, name=request.session.get("was", ""))
        check_origin(request)
        form = await request.form()
        name = str(form.get("name", ""))
        try:
            helper = access.sign_in(request, str(form.get("code", "")), name)
        except Refused as error:
            answer = pages.show(
                request, "sign_in.html", board, error.status, name=name, problem=error.reason
            )
            if error.retry_after_seconds:
                answer.headers["retry-after"] = str(error.retry_after_seconds)
            return answer
        return pages.go_to(request, "", f"Welcome, {helper.name}.")

    async def sign_out(request: Request) -> Response:
        access.sign_out(request)
        return pages.go_to(request, "sign-in", "You are signed out.")

    async def answer_refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, Refused)
        board = next(iter(desk.boards.values())).board
        return pages.show(
            request, "problem.html", board, error.status, reason=error.reason, status=error.status
        )

    return Starlette(
        routes=[
            Route("/sign-in", sign_in, methods=["GET", "POST"], name="crew:sign_in"),
            Route("/sign-out", access.require(sign_out), methods=["POST"]),
            *entering_routes(desk, pages),
            *finding_routes(desk, pages),
            *approving_routes(desk, pages),
            *controlling_routes(desk, pages),
            *reporting_routes(desk, pages),
            Mount("/static", StaticFiles(directory=_STATIC), name="crew:static"),
        ],
        middleware=[
            Middleware(BodyLimit),
            Middleware(
                SessionMiddleware,
                secret_key=settings.session_key,
                session_cookie=COOKIE,
                max_age=SESSION_SECONDS,
                path=f"{root}/crew",
                same_site="lax",
                https_only=settings.https,
            ),
        ],
        exception_handlers={Refused: answer_refused},
    )
