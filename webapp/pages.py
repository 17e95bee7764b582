"""Serves the display's pages and files, which are in `static/`, from memory.

After a deployment every screen asks for all of them. Reading, compressing or drawing each file for
each screen would delay figures.

Pages and files refer to each other by relative paths, so a proxy may serve them under a path.
"""

import gzip
from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from io import BytesIO
from pathlib import Path, PurePosixPath

import segno
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from aggregates.board import Board
from webapp.answers import SECURITY_HEADERS
from webapp.api import choose_board
from webapp.bundle import join_files
from webapp.feed import Feed
from webapp.look import OUR_OWN, Face, Faces, look_route

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " connect-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none';"
    " form-action 'none'"
)
# Media types by suffix; a machine's own list may differ.
TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}
# Smaller files are not worth compressing.
_PACKED_FROM_BYTES = 500


class _File:
    """A file of the display, plain and compressed."""

    def __init__(self, content: bytes, suffix: str, policy: str) -> None:
        self._content = content
        self._packed = gzip.compress(content, mtime=0)
        self._type = TYPES.get(suffix, "application/octet-stream")
        self._tag = f'W/"{sha256(content).hexdigest()[:20]}"'
        self._headers = SECURITY_HEADERS | {
            "content-security-policy": policy,
            # Browsers ask again at each load, and get 304 while nothing has changed.
            "cache-control": "no-cache",
            "etag": self._tag,
            "vary": "accept-encoding",
        }

    def answer(self, request: Request) -> Response:
        """Return the file, or 304 to a client that has it already."""
        if self._tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=self._headers)
        content, headers = self._content, dict(self._headers)
        accepts = accepts_gzip(request.headers.get("accept-encoding", ""))
        if accepts and len(content) >= _PACKED_FROM_BYTES:
            content = self._packed
            headers["content-encoding"] = "gzip"
        return Response(content, media_type=self._type, headers=headers)


def accepts_gzip(accept_encoding: str) -> bool:
    """Return whether a client accepts gzip: it names gzip, or `*`, with a weight above 0."""
    weights = {}
    for part in accept_encoding.lower().split(","):
        name, _, parameters = part.partition(";")
        _, _, weight = parameters.replace(" ", "").partition("q=")
        weights[name.strip()] = weight.strip("0.") != "" or weight == ""
    return weights.get("gzip", weights.get("*", False))


def page_version(static: Path, board: Board, face: Face = OUR_OWN) -> str:
    """Return a hash of all files of the display, of the event's look and of the board."""
    digest = sha256(repr(board).encode() + face.version.encode())
    for file in sorted(static.rglob("*")):
        if file.is_file():
            digest.update(file.relative_to(static).as_posix().encode() + file.read_bytes())
    return digest.hexdigest()[:12]


def page_routes(
    static: Path,
    feeds: Mapping[str, Feed],
    frame_ancestors: str = "",
    faces: Faces | None = None,
) -> list[BaseRoute]:
    """Return the routes of the pages, their files, boards' looks, and QR codes.

    `frame_ancestors` says which sites may show them in a frame, as in CSP; "" allows all.
    """
    faces = faces or Faces(static)
    policy = CONTENT_SECURITY_POLICY  # the help page frames the display, as its preview
    if frame_ancestors:
        policy += f"; frame-ancestors {frame_ancestors}"
    found = [path for path in sorted(static.rglob("*")) if path.is_file()]
    contents = join_files(
        {path.relative_to(static).as_posix(): path.read_bytes() for path in found}
    )
    files = {
        name: _File(
            content,
            PurePosixPath(name).suffix,
            f"{policy}; frame-src 'self'" if name == "help.html" else policy,
        )
        for name, content in contents.items()
    }

    @lru_cache(maxsize=len(feeds))
    def make_code(address: str | None) -> _File | None:
        drawing = draw_code(address)
        return None if drawing is None else _File(drawing, ".svg", policy)

    @lru_cache(maxsize=4 * len(feeds))
    def make_display(language: str | None, face_link: bytes, is_overlay: bool) -> _File:
        page = tell_language(contents["index.html"], language)
        page = page.replace(b"</head>", face_link + b"</head>", 1)
        return _File(page, ".html", _allow_styles(policy) if is_overlay else policy)

    async def serve_display(request: Request) -> Response:
        query = request.query_params
        # Several boards take turns. For an unknown board, the page itself says that there is none.
        first, _, _ = query.get("board", "").partition(",")
        feed = feeds.get(first) or next(iter(feeds.values()))
        link = link_look(faces.get(feed.board))
        language = feed.board.language
        return make_display(language, link, bool(query.get("overlay"))).answer(request)

    async def serve_file(request: Request) -> Response:
        file = files.get(request.path_params["path"])
        if file is None:
            raise HTTPException(404)
        return file.answer(request)

    def page(name: str) -> Route:
        async def serve_page(request: Request) -> Response:
            return files[name].answer(request)

        return Route(f"/{name.removesuffix('.html')}", serve_page)

    async def serve_code(request: Request) -> Response:
        feed = feeds[choose_board(request.query_params.get("board"), feeds)]
        code = make_code(feed.board.donate_url)
        if code is None:
            text = "this board has no donate_url, or one too long for a QR code\n"
            return PlainTextResponse(text, status_code=404)
        return code.answer(request)

    pages = [
        Route("/", serve_display) if name == "index.html" else page(name)
        for name in files
        if name.endswith(".html") and "/" not in name
    ]
    return [
        *pages,
        Route("/qr.svg", serve_code),
        look_route(faces),
        Route("/static/{path:path}", serve_file),
    ]


def _allow_styles(policy: str) -> str:
    """Return the policy of an overlay: OBS inserts its "Custom CSS" into the page as a style.

    Scripts stay forbidden, and donors' texts are never markup.
    """
    return policy.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")


def link_look(face: Face) -> bytes:
    """Return the link to an event's look, so that the first paint has the event's colours."""
    if face.json is None:
        return b""
    sheet, theme = face.json["sheet"], face.json["theme"]
    return f'<link id="look" rel="stylesheet" href="{sheet}" data-theme="{theme}">\n'.encode()


def tell_language(page: bytes, language: str | None) -> bytes:
    """Return the display with the board's language, for screens that are not asked for another."""
    if language is None:
        return page
    return page.replace(b"<html ", f'<html data-lang="{language}" '.encode(), 1)


def draw_code(address: str | None) -> bytes | None:
    """Return a QR code as SVG; None without an address, or if it is too long for a code."""
    if address is None:
        return None
    svg = BytesIO()
    try:
        segno.make(address, error="m").save(svg, kind="svg", border=2, scale=8)
    except ValueError:
        return None
    return svg.getvalue()
