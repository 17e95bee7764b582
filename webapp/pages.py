"""The display: its pages and files, as they are in `static/`, from memory.

After a deployment every screen asks for all of them; reading and packing each one for each screen
would keep the server from telling figures.
"""

import gzip
from collections.abc import Mapping
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import segno
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from aggregates.board import Board
from webapp.api import choose_board
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
# What kinds of files there are; a machine's own list may have it otherwise.
_TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}
# Smaller ones are not worth packing.
_PACKED_FROM_BYTES = 500


class _File:
    """A file of the display, plain and packed."""

    def __init__(self, path: Path) -> None:
        self._content = path.read_bytes()
        self._packed = gzip.compress(self._content, mtime=0)
        self._type = _TYPES.get(path.suffix, "application/octet-stream")
        self._tag = f'W/"{sha256(self._content).hexdigest()[:20]}"'

    def answer(self, request: Request) -> Response:
        """Return the file, or 304 to who has it."""
        headers = _SECURITY | {"etag": self._tag, "vary": "accept-encoding"}
        if self._tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        content = self._content
        accepts = "gzip" in request.headers.get("accept-encoding", "")
        if accepts and len(content) >= _PACKED_FROM_BYTES:
            content = self._packed
            headers["content-encoding"] = "gzip"
        return Response(content, media_type=self._type, headers=headers)


def page_version(static: Path, board: Board) -> str:
    """Return a tag of all files of the display and of a board's texts: what a page is made from."""
    digest = sha256(repr(board).encode())
    for file in sorted(static.rglob("*")):
        if file.is_file():
            digest.update(file.relative_to(static).as_posix().encode() + file.read_bytes())
    return digest.hexdigest()[:12]


def page_routes(static: Path, feeds: Mapping[str, Feed]) -> list[BaseRoute]:
    """Return the routes of the pages, of their files, and of the QR code of a donation page."""
    found = (path for path in sorted(static.rglob("*")) if path.is_file())
    files = {path.relative_to(static).as_posix(): _File(path) for path in found}

    async def serve_file(request: Request) -> Response:
        file = files.get(request.path_params["path"])
        if file is None:
            raise HTTPException(404)
        return file.answer(request)

    def page(name: str) -> Route:
        async def serve_page(request: Request) -> Response:
            return files[name].answer(request)

        path = "/" if name == "index.html" else f"/{name.removesuffix('.html')}"
        return Route(path, serve_page)

    async def draw_qr(request: Request) -> Response:
        board = feeds[choose_board(request.query_params.get("board"), feeds)].board
        if board.donate_url is None:
            return PlainTextResponse("this board names no donate_url\n", status_code=404)
        svg = BytesIO()
        segno.make(board.donate_url, error="m").save(svg, kind="svg", border=2, scale=8)
        return Response(svg.getvalue(), media_type="image/svg+xml", headers=_SECURITY)

    pages = [page(name) for name in files if name.endswith(".html") and "/" not in name]
    return [*pages, Route("/qr.svg", draw_qr), Route("/static/{path:path}", serve_file)]
