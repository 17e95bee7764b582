"""What version of a board's data the engine has now, asked at most a few times a second."""

import asyncio
import time
from typing import NamedTuple

from explore.engine_client import Engine

# So old may an answer be that is served again. A screen's figures are older than this, too.
FRESH_SECONDS = 0.2


class Version(NamedTuple):
    """A version of a board's data. Numbers of different files, `epoch`, cannot be compared."""

    epoch: str
    number: int
    is_live: bool


class Versions:
    """Reads versions from the engine; one answer serves all who ask within `FRESH_SECONDS`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._known: dict[str, tuple[float, Version]] = {}
        self._asking: dict[str, asyncio.Task[Version]] = {}

    async def read(self, board: str) -> Version:
        """Return the version that was current less than `FRESH_SECONDS` ago.

        Raises `EngineError`.
        """
        at, version = self._known.get(board, (0.0, None))
        if version is not None and time.monotonic() - at < FRESH_SECONDS:
            return version
        asking = self._asking.get(board)
        if asking is None:
            asking = asyncio.create_task(self._ask(board))
            self._asking[board] = asking
            asking.add_done_callback(lambda done: self._end(board, done))
        return await asyncio.shield(asking)

    async def _ask(self, board: str) -> Version:
        at = time.monotonic()
        told = await self._engine.write(board, "tell")
        version = Version(told["epoch"], told["version"], told["is_live"])
        self._known[board] = (at, version)
        return version

    def _end(self, board: str, done: "asyncio.Task[Version]") -> None:
        del self._asking[board]
        if not done.cancelled():
            done.exception()  # whoever asked may have left
