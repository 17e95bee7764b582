"""The display: its pages and files, as they are in `static/`."""

from collections.abc import Mapping
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import segno
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from aggregates.board import Board
from webapp.boards import choose_board
from webapp.feed import Feed

_SECURITY = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
        " connect-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none';"
        " form-action 'none'"
    ),
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    # Asked for anew at each load, answered with 304 while nothing has changed.
    "cache-control": "no-cache",
}


class _Files(StaticFiles):
    """Static files with the headers of the pages."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]
        response.headers.update(_SECURITY)
        return response


def page_version(static: Path, board: Board) -> str:
    """Return a tag of all files of the display and of a board's texts: what a page is made from."""
    digest = sha256(repr(board).encode())
    for file in sorted(static.rglob("*")):
        if file.is_file():
            digest.update(file.relative_to(static).as_posix().encode() + file.read_bytes())
    return digest.hexdigest()[:12]


def page_routes(static: Path, feeds: Mapping[str, Feed]) -> list[BaseRoute]:
    """Return the routes of the pages, of their files, and of the QR code of a donation page."""

    def page(file: str) -> Route:
        def serve(_: Request) -> Response:
            return FileResponse(static / file, headers=_SECURITY)

        path = "/" if file == "index.html" else f"/{file.removesuffix('.html')}"
        return Route(path, serve)

    def draw_qr(request: Request) -> Response:
        board = feeds[choose_board(request.query_params.get("board"), feeds)].board
        if board.donate_url is None:
            return PlainTextResponse("this board names no donate_url\n", status_code=404)
        svg = BytesIO()
        segno.make(board.donate_url, error="m").save(svg, kind="svg", border=2, scale=8)
        return Response(svg.getvalue(), media_type="image/svg+xml", headers=_SECURITY)

    files = GZipMiddleware(_Files(directory=static), minimum_size=500)
    pages = [page(file.name) for file in sorted(static.glob("*.html"))]
    return [*pages, Route("/qr.svg", draw_qr), Mount("/static", files)]
