"""Serves the look of an event: its style sheet and files, and their addresses."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from aggregates.board import Board
from aggregates.look import Look
from aggregates.look_files import LookFiles, read_look_files
from webapp.answers import SECURITY_HEADERS
from webapp.look_sheet import choose_theme, make_sheet, read_themes

logger = logging.getLogger("tallyboard")

FOLDER = "look"
# The name is a hash of the content, so a browser never asks again.
_FOR_GOOD = "public, max-age=31536000, immutable"
# A picture that is opened by itself must not run scripts or load anything.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


@dataclass(frozen=True)
class Face:
    """A board's look, ready to serve. `json` is for screens; None stands for the default look."""

    json: dict[str, Any] | None = None
    # Name → type and content.
    served: Mapping[str, tuple[str, bytes]] = field(default_factory=dict)

    @property
    def version(self) -> str:
        """A text that changes with any of its files."""
        return " ".join(sorted(self.served))


OUR_OWN = Face()


class Faces:
    """The looks of boards: each is made once, and served for as long as the process runs.

    If a board's file changes meanwhile, some screens still ask for the files of the old look.
    """

    def __init__(self, static: Path) -> None:
        theme_file = static / "theme.css"
        text = theme_file.read_text("utf-8") if theme_file.is_file() else ""
        self._themes = read_themes(text)
        self._faces: dict[Look, Face] = {}

    def get(self, board: Board) -> Face:
        """Return a board's face. A file that cannot be used is left out, with a warning."""
        if board.look is None:
            return OUR_OWN
        if board.look not in self._faces:
            files = read_look_files(board.look)
            for error in files.errors:
                logger.warning("board %s: %s", board.name, error)
            self._faces[board.look] = _make_face(board.look, files, self._themes)
        return self._faces[board.look]

    def tell(self, board: Board) -> dict[str, Any] | None:
        """Return the JSON of a board's look for screens."""
        return self.get(board).json

    def find(self, name: str) -> tuple[str, bytes] | None:
        """Return the media type and the content of a file of any face."""
        found = (face.served[name] for face in self._faces.values() if name in face.served)
        return next(found, None)


def _make_face(look: Look, files: LookFiles, themes: Mapping[str, Mapping[str, str]]) -> Face:
    sheet = make_sheet(look, files, themes).encode()
    sheet_name = f"{sha256(sheet).hexdigest()[:20]}.css"
    served = {file.address: (file.kind.media_type, file.content) for file in files.all}
    served[sheet_name] = ("text/css", sheet)
    told = {"sheet": f"{FOLDER}/{sheet_name}", "theme": choose_theme(look)}
    return Face(told | _name_pictures(files), served)


def _name_pictures(files: LookFiles) -> dict[str, Any]:
    return {
        "logo": files.logo and f"{FOLDER}/{files.logo.address}",
        "sponsors": [
            {"name": Path(file.name).stem, "picture": f"{FOLDER}/{file.address}"}
            for file in files.sponsors
        ],
    }


def look_route(faces: Faces) -> Route:
    """Return the route of all files of all faces."""

    async def serve_file(request: Request) -> Response:
        found = faces.find(request.path_params["name"])
        if found is None:
            raise HTTPException(404)
        media_type, content = found
        headers = {"cache-control": _FOR_GOOD, "content-security-policy": _POLICY}
        return Response(content, media_type=media_type, headers=SECURITY_HEADERS | headers)

    return Route(f"/{FOLDER}/{{name}}", serve_file)
