"""The pages as HTML: one look, one set of headers, every text escaped."""

from pathlib import Path
from typing import Any

import jinja2
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from aggregates.board import Board
from crew.desk import Desk

_FOLDER = Path(__file__).parent
_SECTIONS = [
    ("Enter", ""),
    ("Find", "find"),
    ("Approve", "approve"),
    ("Import", "import"),
    ("Screens", "control"),
    ("State", "state"),
    ("Export", "export"),
]
HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
        " base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
}


class Pages:
    """Makes the answers of one desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(_FOLDER / "templates"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def show(
        self, request: Request, template: str, board: Board, status: int = 200, **values: Any
    ) -> Response:
        """Return a page of a board."""
        here = request.url.path.removeprefix(f"{self._desk.root}/crew/")
        text = self._templates.get_template(template).render(
            {
                "board": board,
                "boards": [desk.board for desk in self._desk.boards.values()],
                "root": self._desk.root,
                "sections": _SECTIONS,
                "here": here,
                "helper": getattr(request.state, "helper", None),
                "said": request.session.pop("said", ""),
                "problem": "",
                "words": {"group": _capital(board.group_by), "groups": f"By {board.group_by}"},
                **values,
            }
        )
        return HTMLResponse(text, status, headers=HEADERS)

    def go_to(self, request: Request, place: str, said: str = "") -> Response:
        """Return the answer to a form that was taken: on to a page, which says so."""
        if said:
            request.session["said"] = said
        return RedirectResponse(f"{self._desk.root}/crew/{place}", 303, headers=HEADERS)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
