"""Keeps the panels of the display: their answers are in Redis, where the web app reads them.

Each panel's query is asked when the data has changed, at most once a second, as anybody's would be.
What screens show has to be renewed: what nobody renews is not live any more.
"""

import asyncio
import logging
import time
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from redis.asyncio import Redis

from aggregates.board import Board
from aggregates.connection import REDIS_ERRORS, connect_async
from aggregates.held_panels import encode_panel_message, list_fields, name_of_field, panels_key
from aggregates.keys import CHANNEL
from aggregates.lua_script import Script
from aggregates.panel import MAX_ROWS, Panel, encode_panel
from explore.asking import Question
from explore.errors import QueryRefused
from explore.panels import PanelError, is_same, make_panel
from explore.parameters import read_values
from explore.results import Results, is_restless
from explore.stored import StoredQuery, list_panels
from explore.versions import Version, Versions

logger = logging.getLogger("tallyboard")

# How often the data's version is looked at: a panel follows a change within this time.
LOOK_SECONDS = 1.0
# A third of the time after which an answer is not live any more.
RENEW_SECONDS = 5.0
# A connection on which anything takes longer than this is dead.
_TIMEOUT_SECONDS = 3.0
# A cancellation that had no effect is repeated after this.
_CANCEL_SECONDS = 0.2
_RENEW = Script("renew", folder=Path(__file__).parent / "lua")


@dataclass
class _Shown:
    """A panel, and what Redis has of it."""

    board: Board
    query: StoredQuery
    version: Version | None = None
    panel: Panel | None = None
    renew_at: float = 0.0
    trouble: str = ""


class Publisher:
    """Asks the stored queries that are panels, and keeps their answers in Redis."""

    def __init__(
        self,
        redis_url: str,
        boards: Mapping[str, Board],
        stored: Mapping[str, StoredQuery],
        versions: Versions,
        results: Results,
    ) -> None:
        self._redis_url = redis_url
        self._versions, self._results = versions, results
        self._panels = {
            board: [_Shown(board, query) for query in list_panels(stored, name)]
            for name, board in boards.items()
        }

    async def run(self) -> None:
        """Keep all panels until cancelled, whatever fails."""
        async with connect_async(self._redis_url, _TIMEOUT_SECONDS) as redis:
            work = [self._forget_others(redis, *one) for one in self._panels.items()]
            work += [self._keep(redis, one) for panels in self._panels.values() for one in panels]
            tasks = [asyncio.create_task(one) for one in work]
            try:
                await asyncio.wait(tasks)
            finally:
                await _end(tasks)

    async def _keep(self, redis: Redis, shown: _Shown) -> None:
        while True:
            trouble = ""
            try:
                await self._look(redis, shown)
            except Exception as error:
                # Whatever it is: the other panels, and those who ask, are not affected.
                trouble = _describe(error)
            if trouble and trouble != shown.trouble:
                name = f"{shown.query.name} of the board {shown.board.name}"
                logger.warning("the panel %s is not renewed: %s", name, trouble)
            shown.trouble = trouble
            # What fails may be slow: it is not tried at every look.
            await asyncio.sleep(RENEW_SECONDS if trouble else LOOK_SECONDS)

    async def _look(self, redis: Redis, shown: _Shown) -> None:
        version = await self._versions.read(shown.board.name)
        is_due = time.monotonic() >= shown.renew_at
        panel = shown.panel
        if panel is None or version != shown.version or (is_due and is_restless(shown.query.sql)):
            panel = await self._ask(shown)
        if is_due or panel is not shown.panel:
            await _write(redis, shown, panel)
        shown.version, shown.panel = version, panel

    async def _ask(self, shown: _Shown) -> Panel:
        """Return the panel as it is now: the same object if it shows the same."""
        query, known = shown.query, shown.panel
        values = read_values(query.parameters, [])
        limit = min(query.limit, MAX_ROWS)
        question = Question(shown.board.name, query.sql, values, limit, query.timeout_ms)
        panel = make_panel(query, shown.board, await self._results.answer(question, nullcontext))
        if known is not None and is_same(panel, known):
            return known
        has_state = known is not None and known.state == panel.state
        return replace(panel, since=known.since) if known is not None and has_state else panel

    async def _forget_others(self, redis: Redis, board: Board, panels: list[_Shown]) -> None:
        """Remove what a panel has left that is none any more."""
        names = {shown.query.name for shown in panels}
        while True:
            try:
                fields: list[Any] = await redis.hkeys(panels_key(board.name))
                if others := [one for one in fields if name_of_field(one) not in names]:
                    await redis.hdel(panels_key(board.name), *others)
                return
            except REDIS_ERRORS:
                await asyncio.sleep(LOOK_SECONDS)


async def _end(tasks: "list[asyncio.Task[None]]") -> None:
    """Cancel tasks until they have ended.

    `asyncio.wait_for` of Python 3.11, which redis-py uses, loses a cancellation that comes together
    with data.
    """
    while running := [task for task in tasks if not task.done()]:
        for task in running:
            task.cancel()
        await asyncio.wait(running, timeout=_CANCEL_SECONDS)


async def _write(redis: Redis, shown: _Shown, panel: Panel) -> None:
    """Have Redis hold a panel as of now; tell the web app if it shows something else."""
    began = time.monotonic()
    text = encode_panel(panel)
    field, renewed = list_fields(panel.name)
    is_new = panel is not shown.panel
    message = encode_panel_message(shown.board.name, text) if is_new else ""
    key = panels_key(shown.board.name)
    await _RENEW.run_async(redis, (key,), field, text, renewed, CHANNEL, message)
    shown.renew_at = began + RENEW_SECONDS


def _describe(error: Exception) -> str:
    """Return why a panel is not renewed, without the SQL and what is in the rows."""
    if isinstance(error, PanelError):
        return str(error)
    if isinstance(error, QueryRefused):
        return "the query is refused; ask it on the page /explore to see why"
    if isinstance(error, REDIS_ERRORS):
        return f"Redis does not answer ({type(error).__name__})"
    return f"its query has no answer ({type(error).__name__})"
