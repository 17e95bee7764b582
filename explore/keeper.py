"""Keeps a board's rows: looks whether the file has what the sink took, and fills it if not."""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from explore.engine_client import Engine
from explore.errors import EngineError
from sinks.beginning import begin_sink
from sinks.filling import MARGIN_SECONDS, FillError
from sinks.kinds.sql import Sql
from sinks.sink_state import ATTACHED, DETACHED, FILLING, SinkState, StateTable
from sinks.sql_filling import SqlFill
from sinks.sql_service import SqlServiceError, Told

logger = logging.getLogger("tallyboard")

# What was confirmed is relied upon a minute; so long may DynamoDB not answer.
LOOK_SECONDS = 10.0
# After a failure.
_AGAIN_SECONDS = 2.0
# A fill of somebody else that sends no page for so long has ended.
_FILL_SECONDS = 15.0


class Keeper:
    """Keeps the rows of one sink. `poke` makes it look at once."""

    def __init__(
        self, sql: Sql, engine: Engine, dynamodb: Any, margin_seconds: int = MARGIN_SECONDS
    ) -> None:
        self._margin_seconds = margin_seconds
        self._sql, self._engine, self._dynamodb = sql, engine, dynamodb
        self._state = StateTable(dynamodb, sql.name)
        self._poked = asyncio.Event()
        self._was_filling = False
        self._foreign_fill_at = -_FILL_SECONDS

    def poke(self) -> None:
        """Look now: something happened."""
        self._poked.set()

    def note_done(self, do: str) -> None:
        """Take note of what somebody else had done."""
        if do in ("begin_fill", "fill_page"):
            self._foreign_fill_at = time.monotonic()
        elif do in ("end_fill", "abandon_fill"):
            self._foreign_fill_at = -_FILL_SECONDS
            self.poke()
        elif do == "note_behind":
            self.poke()

    async def run(self) -> None:
        """Look again and again, until it is cancelled."""
        while True:
            self._poked.clear()
            pause = LOOK_SECONDS
            try:
                await self._look()
            except (BotoCoreError, ClientError, EngineError, FillError) as error:
                logger.error("sink %s: its rows are not filled: %s", self._sql.name, error)
                pause = _AGAIN_SECONDS
            try:
                async with asyncio.timeout(pause):
                    await self._poked.wait()
            except TimeoutError:
                pass

    async def _look(self) -> None:
        state = await asyncio.to_thread(self._state.read)
        board = self._sql.board.name
        if state is not None and state.status != DETACHED and not state.failing_since:
            epoch, version = _parse_file(state)
            await self._engine.write(board, "confirm", epoch=epoch, version=version)
        told = await self._engine.write(board, "tell")
        is_filled = told["is_filled"] and not told["behind"]
        is_filling = state is not None and state.status == FILLING
        # Somebody's fill may have died before it reached us; or it begins just now.
        was_filling, self._was_filling = self._was_filling, is_filling
        is_attached = state is not None and state.status == ATTACHED
        if is_filled and (is_attached or (is_filling and not was_filling)):
            return
        if time.monotonic() - self._foreign_fill_at < _FILL_SECONDS:
            return
        why = told["behind"] or ("it is new" if not told["is_filled"] else "it was detached")
        logger.info("sink %s: its rows are filled from the table: %s", self._sql.name, why)
        rows = await self._fill()
        logger.info("sink %s: filled; %d rows were corrected", self._sql.name, rows)

    async def _fill(self) -> int:
        loop = asyncio.get_running_loop()
        ended = False

        def sleep(seconds: float) -> None:
            until = time.monotonic() + seconds
            while not ended and (left := until - time.monotonic()) > 0:
                time.sleep(min(left, 0.1))

        def fill() -> int:
            if self._state.read() is None:
                # A sink that has begun needs no right to create its table.
                begin_sink(self._sql, self._dynamodb)
            feed = _OwnFeed(self._engine, loop, lambda: ended)
            return SqlFill(
                self._sql,
                self._dynamodb,
                feed,
                margin_seconds=self._margin_seconds,
                sleep=sleep,
            ).run()

        try:
            return await asyncio.to_thread(fill)
        finally:
            ended = True


class _OwnFeed:
    """The service's own engine, for a fill in a thread."""

    def __init__(
        self, engine: Engine, loop: asyncio.AbstractEventLoop, is_ended: Callable[[], bool]
    ) -> None:
        self._engine, self._loop, self._is_ended = engine, loop, is_ended

    def ask(self, board: str, do: str, **details: Any) -> Told:
        if self._is_ended():
            raise SqlServiceError("the service ends")
        if do == "fill_page":
            work = self._engine.fill_page(
                board, details["fill"], details["guard"], details["images"]
            )
        else:
            work = self._engine.write(board, do, **details)
        try:
            return asyncio.run_coroutine_threadsafe(work, self._loop).result()
        except EngineError as error:
            raise SqlServiceError(str(error)) from error


def _parse_file(state: SinkState) -> tuple[str, int]:
    """Return the epoch and version that the sink's file had when it took the last changes."""
    epoch, _, version = state.file.partition(" ")
    return epoch, int(version or 0)
