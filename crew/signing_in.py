"""The pages to sign in and out."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from crew.access import Refused, check_origin, read_form
from crew.desk import Desk
from crew.pages import Pages


def signing_in_routes(desk: Desk, pages: Pages) -> list[Route]:
    """Return the routes to sign in and out."""
    access = desk.access

    async def sign_in(request: Request) -> Response:
        board = desk.choose(request).board
        if request.method != "POST":
            return pages.show(request, "sign_in.html", board, name="")
        check_origin(request)
        form = await read_form(request)
        name, code = str(form.get("name", "")), str(form.get("code", ""))
        await form.close()
        try:
            helper = access.sign_in(request, code, name)
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

    return [
        Route("/sign-in", sign_in, methods=["GET", "POST"]),
        Route("/sign-out", access.require(sign_out), methods=["POST"]),
    ]
