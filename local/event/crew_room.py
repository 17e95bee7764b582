"""The door to the crew's pages: closed until what they write is kept."""

import json
import threading
from collections.abc import Mapping
from contextlib import suppress
from importlib.util import find_spec

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from aggregates.board_file import load_boards
from local.dynamodb import connect_dynamodb
from local.errors import LocalError
from local.keep.folder import EventFolder
from local.keep.keep_now import KeepNow
from local.keep.tables import JOURNAL_SUFFIX
from local.ports import reach
from local.running import state_file
from webapp.hub import Hub
from webapp.rooms import Room
from webapp.settings import Settings

_STARTING = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>One moment</title>
<meta name="viewport" content="width=device-width"><meta http-equiv="refresh" content="2"></head>
<body><h1>One moment</h1><p>{reason} This page looks again by itself.</p></body></html>
"""


class CrewDoor:
    """Opens the crew's pages once the event runs, and anew after a change of its board.

    Before that its tables are being filled: what somebody entered could be overwritten.
    """

    def __init__(
        self, folder: EventFolder, settings: Settings, environment: Mapping[str, str]
    ) -> None:
        self._folder, self._settings = folder, settings
        self._address = (
            f"http://{reach(environment.get('HOST', ''))}:{environment.get('PORT', '8000')}"
        )
        self._is_https = environment.get("PUBLIC_URL", "").startswith("https://")
        self._opening = threading.Lock()
        self._keep: KeepNow | None = None
        self._code = folder.read_code()
        self._crew: ASGIApp | None = None

    def open_room(self, _: Hub) -> Room:
        """Return the room of the crew's pages; one without routes where there are none."""
        if find_spec("crew") is None:
            return Room([])
        return Room([Route("/crew", _go_in), Mount("/crew", self)])

    def close(self) -> None:
        """Have the pages be made anew when they are asked for next."""
        self._crew = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the crew's pages, or say that they are not ready."""
        try:
            crew: ASGIApp = self._crew or await run_in_threadpool(self._open)
        except LocalError as error:
            crew = _say_starting(f"{error}.")
        await crew(scope, receive, send)

    def _open(self) -> ASGIApp:
        from crew.app import create_crew
        from crew.settings import CrewSettings

        with self._opening:
            if self._crew is not None:
                return self._crew
            dynamodb = connect_dynamodb(self._read_endpoint())
            if self._keep is None:
                self._keep = KeepNow(self._folder.store)
            settings = CrewSettings(
                code=self._read_code(),
                session_key=self._folder.read_session_key(),
                boards=self._settings.boards,
                redis_url=self._settings.redis_url,
                display_url=self._address,
                journal_suffix=JOURNAL_SUFFIX,
                https=self._is_https,
            )
            self._crew = create_crew(
                settings,
                list(load_boards(self._settings.boards).values()),
                dynamodb,
                keep=self._keep,
                read_code=self._read_code,
                root=self._settings.root_path,
            )
            return self._crew

    def _read_code(self) -> str:
        """Return the code of the moment; the last good one while the file is being edited."""
        with suppress(LocalError):
            self._code = self._folder.read_code()
        return self._code

    def _read_endpoint(self) -> str:
        """Return the address of the event's DynamoDB; raise `LocalError` while it starts."""
        try:
            told = json.loads(state_file(self._folder.path).read_text("utf-8"))
            return str(told["dynamodb"])
        except (OSError, ValueError, KeyError):
            raise LocalError("The event is starting") from None


def _say_starting(reason: str) -> Response:
    return HTMLResponse(
        _STARTING.format(reason=reason),
        status_code=503,
        headers={"retry-after": "2", "cache-control": "no-store"},
    )


async def _go_in(_: Request) -> Response:
    # Relative, so that a proxy may have all of it under a path.
    return RedirectResponse("crew/")
