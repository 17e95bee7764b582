"""The sources' addresses and sweeps, beside the crew's pages in one process."""

import logging
import threading
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.routing import Route

from aggregates.board import Board
from crew.settings import CrewSettings
from crew.source_watch import SourceWatch
from intake.app import intake_routes
from intake.intake import Intake
from intake.sources_file import read_sources
from intake.store import STATES_SUFFIX
from intake.sweeping import Sweeping
from intake.tables import create_states

logger = logging.getLogger("tallyboard")

# How long the end of the process waits for sweeps: for one write, not for a provider.
_STOP_SECONDS = 3.0


class Sources:
    """All sources of a file. One that cannot be used is logged, and the others are served."""

    def __init__(self, intake: Intake, public_url: str, watch: SourceWatch) -> None:
        self.routes: list[Route] = intake_routes(intake, public_url)
        self.intake, self._watch = intake, watch

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Sweep, and watch the sources, until the context is left."""
        stop = threading.Event()
        sweeping = Sweeping(self.intake, stop)
        watching = threading.Thread(target=self._watch.run, args=(stop,), daemon=True)
        sweeping.start()
        watching.start()
        try:
            yield
        finally:
            stop.set()
            await run_in_threadpool(sweeping.join, _STOP_SECONDS)


def open_sources(
    settings: CrewSettings,
    boards: Mapping[str, Board],
    environment: Mapping[str, str],
    dynamodb: Any,
) -> Sources | None:
    """Return the sources of the settings' file; None if the settings name none.

    `environment` has the sources' secrets. Raises boto3's errors.
    """
    if not settings.intake:
        return None
    opened, errors = read_sources(Path(settings.intake), boards, environment)
    for error in errors:
        logger.error("a source cannot be used: %s", error)
    if settings.dynamodb_url:
        for table in {source.source.board.table for source in opened.values()}:
            create_states(dynamodb, table + STATES_SUFFIX)
    intake = Intake(opened, dynamodb)
    watch = SourceWatch(intake.heard.sources, len(errors), settings.stack)
    return Sources(intake, settings.public_url, watch)
