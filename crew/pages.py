"""Renders the pages: one layout, one set of headers, every text escaped and on one line."""

from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from aggregates.board import Board
from crew.desk import Desk
from crew.gifts import label_attribute
from crew.plain_text import show_plain

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
        " connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
}


class Pages:
    """Renders the responses for one desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(_FOLDER / "templates"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            finalize=_make_plain,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )

    def show(
        self, request: Request, template: str, board: Board, status: int = 200, **values: Any
    ) -> Response:
        """Return a page of a board, rendered from a template."""
        text = self._templates.get_template(template).render(
            {
                "board": board,
                "boards": [desk.board for desk in self._desk.boards.values()],
                "crew": f"{self._desk.root}/crew",
                "sections": _SECTIONS,
                "here": request.url.path.rpartition("/crew/")[2],
                "helper": getattr(request.state, "helper", None),
                "said": request.session.pop("said", ""),
                "problem": "",
                "words": {
                    "group": label_attribute(board.group_by),
                    "groups": f"By {label_attribute(board.group_by).lower()}",
                },
                **values,
            }
        )
        # An item may hold a lone surrogate, which UTF-8 cannot encode.
        body = text.encode("utf-8", "replace")
        return Response(body, status, headers=HEADERS, media_type="text/html")

    def go_to(self, request: Request, place: str, said: str = "") -> Response:
        """Return a redirect after a form was accepted; the next page shows the text `said`."""
        if said:
            request.session["said"] = said
        return RedirectResponse(f"{self._desk.root}/crew/{place}", 303, headers=HEADERS)


def _make_plain(value: Any) -> Any:
    """Return a template's value as plain text, without control characters."""
    return show_plain(value) if isinstance(value, str) and not isinstance(value, Markup) else value
