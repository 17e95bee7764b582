"""Keeps an engine's process: starts it, and starts it again when it ends."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from explore.engine_process import EngineProcess
from explore.errors import EngineError, EngineRestarted
from explore.limits import Limits

logger = logging.getLogger("tallyboard")

# How long a question waits for an engine that is being started again.
_PATIENCE_SECONDS = 5.0
# An engine that ends again and again is started after pauses, up to this.
_MOST_PAUSE_SECONDS = 5.0
_STABLE_SECONDS = 10.0

Message = dict[str, Any]


class EngineKeeper:
    """Keeps one process at a time. `on_start` is called whenever one has started."""

    def __init__(
        self,
        boards: Mapping[str, Message],
        limits: Limits,
        module: Sequence[str],
        on_start: Callable[[], None],
    ) -> None:
        self._boards, self._limits, self._module = boards, limits, module
        self._on_start = on_start
        self._process: EngineProcess | None = None
        self._ready = asyncio.Event()
        self._keeping: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The id of the process; None before the first."""
        return None if self._process is None else self._process.pid

    async def open(self) -> None:
        """Start the first process, and keep it."""
        await self._start()
        self._keeping = asyncio.create_task(self._keep())

    async def close(self) -> None:
        """End the process."""
        if self._keeping is not None:
            self._keeping.cancel()
            with suppress(asyncio.CancelledError):
                await self._keeping
        if self._process is not None:
            await self._process.close()
            await self._process.ended.wait()

    async def send(self, message: Message) -> tuple[EngineProcess, int, "asyncio.Future[Message]"]:
        """Send a message to a process that is alive; return what `EngineProcess.ask` does."""
        try:
            process = await self._find_process()
            return process, *await process.ask(message)
        except EngineRestarted:
            # It ended just now, and nothing was asked of it.
            process = await self._find_process()
            return process, *await process.ask(message)

    async def _find_process(self) -> EngineProcess:
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                while self._process is None or self._process.is_killed:
                    self._ready.clear()
                    await self._ready.wait()
        except TimeoutError as error:
            raise EngineRestarted("the engine is being restarted; ask again") from error
        return self._process

    async def _start(self) -> None:
        self._process = await EngineProcess.start(self._boards, self._limits, self._module)
        for board, note in self._process.notes.items():
            logger.warning("board %s: its file is made again: %s", board, note)
        self._ready.set()
        self._on_start()

    async def _keep(self) -> None:
        """Start the process again whenever it ends."""
        pause = 0.0
        while True:
            assert self._process is not None
            began = time.monotonic()
            await self._process.ended.wait()
            self._ready.clear()
            is_stable = time.monotonic() - began > _STABLE_SECONDS
            pause = 0.0 if is_stable else min(_MOST_PAUSE_SECONDS, pause * 2 + 0.05)
            logger.error("the engine ended; it is started again, and has all that was committed")
            while True:
                await asyncio.sleep(pause)
                try:
                    await self._start()
                    break
                except (EngineError, OSError, TimeoutError) as error:
                    logger.error("the engine cannot be started: %s", error)
                    pause = min(_MOST_PAUSE_SECONDS, pause * 2 + 0.05)
