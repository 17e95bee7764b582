"""The door to what sources send: closed until the system runs, and what is written is kept."""

import logging
import threading
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from aggregates.board_file import load_boards
from intake.app import PATHS, intake_routes
from intake.intake import Intake
from intake.sources_file import find_sources_file, read_sources
from intake.store import Kept
from intake.sweeping import Sweeping
from local.dynamodb import connect_dynamodb
from local.opening import Opening
from local.running import read_dynamodb
from webapp.hub import Hub
from webapp.rooms import Room

logger = logging.getLogger("tallyboard")

Keep = Callable[[Sequence[Kept]], None]

_NO_SOURCES = "There are no sources here: docs/intake.md says how to write intake.toml.\n"


class IntakeDoor:
    """Opens the sources' addresses once the system runs.

    `cache` is the system's folder, `boards` its board files, `open_keep` returns what has a change
    kept before a source is answered; None where nothing is kept.
    """

    def __init__(
        self,
        cache: Path,
        boards: str,
        environment: Mapping[str, str],
        open_keep: Callable[[], Keep] | None = None,
    ) -> None:
        self._cache, self._boards, self._environment = cache, boards, environment
        self._open_keep = open_keep
        self._keep: Keep | None = None
        self._opening = Opening("the sources", self._open)
        self._app: ASGIApp = _refuse("The system is starting.\n", 503)
        self._stop_sweeping = threading.Event()
        self.intake: Intake | None = None
        # Why a source cannot be used, for a person; empty where all can.
        self.problem = ""

    def open_room(self, _: Hub) -> Room:
        """Return the room of the sources' addresses."""
        return Room([Route(path, self) for path in PATHS], self._running)

    def renew(self) -> None:
        """Read boards and sources again."""
        self._opening.renew()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)

    @asynccontextmanager
    async def _running(self) -> AsyncIterator[None]:
        try:
            async with self._opening.running():
                yield
        finally:
            self._stop_sweeping.set()

    def _open(self) -> None:
        endpoint = read_dynamodb(self._cache)
        path = find_sources_file(self._environment)
        if not path.is_file():
            self._app = _refuse(_NO_SOURCES, 404)
            return
        boards = load_boards(self._boards)
        sources, errors = read_sources(path, boards, self._environment)
        self.problem = "; ".join(map(str, errors))
        for error in errors:
            logger.error("%s", error)
        dynamodb = connect_dynamodb(endpoint)
        if self._open_keep is not None and self._keep is None:
            self._keep = self._open_keep()
        self._stop_sweeping.set()
        self._stop_sweeping = threading.Event()
        self.intake = Intake(sources, dynamodb, self._keep)
        public_url = self._environment.get("PUBLIC_URL", "").rstrip("/")
        self._app = Starlette(routes=intake_routes(self.intake, public_url))
        Sweeping(self.intake, self._stop_sweeping).start()


def _refuse(text: str, status: int) -> ASGIApp:
    return PlainTextResponse(text, status, {"retry-after": "2"})
