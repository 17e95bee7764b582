"""Makes the display of one board as plain files, which any web server or CDN can serve."""

from pathlib import Path, PurePosixPath
from typing import NamedTuple

from aggregates.board import Board
from sinks.kinds.page import BOARD_FILE
from webapp.bundle import join_files
from webapp.look import FOLDER, Face
from webapp.pages import CONTENT_SECURITY_POLICY, TYPES, draw_code, link_look, tell_language

# The page knows how old a copy is: an old one that a CDN serves after an error is not called live.
BOARD_CACHE = "public, max-age=1, stale-if-error=10"
_PAGE_CACHE = "public, max-age=10, stale-if-error=3600"
_FILE_CACHE = "public, max-age=60, stale-if-error=3600"
# The name is a hash of the content.
_LOOK_CACHE = "public, max-age=31536000, immutable"


class SiteFile(NamedTuple):
    """A file to publish, with its headers."""

    content: bytes
    media_type: str
    cache_control: str


def make_site(static: Path, board: Board, face: Face) -> dict[str, SiteFile]:
    """Return the display's files by path, the page itself last: it needs the others."""
    paths = [path for path in sorted(static.rglob("*")) if path.is_file()]
    files = join_files({path.relative_to(static).as_posix(): path.read_bytes() for path in paths})
    site = {
        f"static/{name}": SiteFile(content, _find_type(name), _FILE_CACHE)
        for name, content in files.items()
        if not name.endswith(".html")
    }
    for name, (media_type, content) in face.served.items():
        site[f"{FOLDER}/{name}"] = SiteFile(content, media_type, _LOOK_CACHE)
    if (code := draw_code(board.donate_url)) is not None:
        site["qr.svg"] = SiteFile(code, TYPES[".svg"], _FILE_CACHE)
    page = tell_language(_make_page(files["index.html"], link_look(face)), board.language)
    site["index.html"] = SiteFile(page, f"{TYPES['.html']}; charset=utf-8", _PAGE_CACHE)
    return site


def pack_board(text: str) -> SiteFile:
    """Return the file of a board's snapshot and status."""
    return SiteFile(text.encode(), "application/json", BOARD_CACHE)


def _make_page(page: bytes, link: bytes) -> bytes:
    """Return the display's page, polling the board's file, without links to pages left out.

    A bucket sends no policy of ours, so the page has it.
    """
    policy = f'<meta http-equiv="Content-Security-Policy" content="{CONTENT_SECURITY_POLICY}">\n'
    changes = (
        (b"<html ", f'<html data-file="{BOARD_FILE}" '.encode()),
        (b"<meta charset", policy.encode() + b"<meta charset"),
        (b"</head>", link + b"</head>"),
        (b'<a id="boards-link"', b'<a id="boards-link" hidden'),
        (b'<a id="help-link"', b'<a id="help-link" hidden'),
    )
    for old, new in changes:
        if page.count(old) != 1:
            raise ValueError(f"static/index.html must have {old.decode()!r} once")
        page = page.replace(old, new)
    return page


def _find_type(name: str) -> str:
    media_type = TYPES.get(PurePosixPath(name).suffix, "application/octet-stream")
    return f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type
