"""Serves the crew's pages once the event runs and what they write is kept."""

import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from aggregates.board_file import load_boards
from crew.settings import CrewSettings
from local.errors import LocalError
from local.event.crew_pages import CrewPages
from local.intake.door import IntakeDoor
from local.keep.folder import EventFolder
from local.keep.keep_now import KeepNow
from local.keep.tables import JOURNAL_SUFFIX
from local.opening import Opening
from local.ports import reach
from local.running import read_dynamodb
from webapp.hub import Hub
from webapp.rooms import Room
from webapp.settings import Settings

logger = logging.getLogger("tallyboard")

_STARTING = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>One moment</title>
<meta name="viewport" content="width=device-width"><meta http-equiv="refresh" content="2"></head>
<body><h1>One moment</h1><p>{reason} This page reloads by itself.</p></body></html>
"""


class CrewDoor:
    """Opens the crew's pages once the event runs, and rebuilds them after a change of its board.

    Before that, its tables are being filled, and an entry could be overwritten. The old pages serve
    until the new ones have read the table.
    """

    def __init__(
        self,
        folder: EventFolder,
        settings: Settings,
        environment: Mapping[str, str],
        intake: IntakeDoor,
    ) -> None:
        self._folder, self._settings, self._intake = folder, settings, intake
        self._address = (
            f"http://{reach(environment.get('HOST', ''))}:{environment.get('PORT', '8000')}"
        )
        self._is_https = environment.get("PUBLIC_URL", "").startswith("https://")
        self._code = folder.read_code()
        self._keep: KeepNow | None = None
        self._pages: CrewPages | None = None
        self._reason = "The event is starting."
        self._opening = Opening("the crew's pages", self._open, self._say_why)

    def open_room(self, _: Hub) -> Room:
        """Return the room that serves the crew's pages."""
        return Room([Route("/crew", _go_in), Mount("/crew", self)], self._running)

    def renew(self) -> None:
        """Request new pages with the current board file."""
        self._opening.renew()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the crew's pages, or say that they are not ready."""
        crew: ASGIApp = _say_starting(self._reason) if self._pages is None else self._pages.app
        await crew(scope, receive, send)

    @asynccontextmanager
    async def _running(self) -> AsyncIterator[None]:
        try:
            async with self._opening.running():
                yield
        finally:
            if self._pages is not None:
                self._pages.close()

    def _say_why(self, error: Exception) -> None:
        self._reason = f"{error}."

    def _open(self) -> None:
        endpoint = read_dynamodb(self._folder.path)
        if self._keep is None:
            self._keep = KeepNow(self._folder.store)
        boards = list(load_boards(self._settings.boards).values())
        pages = CrewPages(
            self._make_settings(),
            boards,
            endpoint,
            self._keep,
            read_code=self._read_code,
            read_notice=self._read_notice,
            read_intake=lambda: self._intake.intake,
            root=self._settings.root_path,
            store=self._folder.store,
        )
        before, self._pages = self._pages, pages
        if before is not None:
            before.close()

    def _make_settings(self) -> CrewSettings:
        return CrewSettings(
            code=self._read_code(),
            session_key=self._folder.read_session_key(),
            boards=self._settings.boards,
            redis_url=self._settings.redis_url,
            display_url=self._address,
            journal_suffix=JOURNAL_SUFFIX,
            https=self._is_https,
        )

    def _read_notice(self) -> str:
        return "; ".join(filter(None, (self._folder.read_board_problem(), self._intake.problem)))

    def _read_code(self) -> str:
        """Return the current code, or the last valid one while the file is being edited."""
        with suppress(LocalError):
            self._code = self._folder.read_code()
        return self._code


def _say_starting(reason: str) -> Response:
    return HTMLResponse(
        _STARTING.format(reason=reason),
        status_code=503,
        headers={"retry-after": "2", "cache-control": "no-store"},
    )


async def _go_in(_: Request) -> Response:
    # Relative, so that a proxy may serve everything under a path.
    return RedirectResponse("crew/")
