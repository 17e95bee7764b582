"""A service that runs in a thread of a test, with an engine in a process of its own."""

import asyncio
import os
import signal
import threading
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from explore.answers import Answer
from explore.engine_process import MODULE
from explore.limits import Limits
from explore.service import Service
from sinks.kinds.sql import Sql
from sinks.sql_service import SqlService

_START_SECONDS = 60.0
Result = TypeVar("Result")

# Small, because several run side by side.
SMALL = Limits(memory_mb=256, workers=2)


class ServiceThread:
    """The service of some sinks; `feed` is how sinks reach it."""

    def __init__(
        self,
        sinks: Sequence[Sql],
        folder: Path,
        dynamodb: Any,
        *,
        socket: Path,
        module: Sequence[str] = MODULE,
        limits: Limits = SMALL,
    ) -> None:
        address = f"unix:{socket}"
        self.feed = SqlService(address, patience_seconds=30.0)
        self.service = Service(
            sinks, folder, address, dynamodb, limits=limits, margin_seconds=1, module=module
        )
        self._loop = asyncio.new_event_loop()
        self._started, self._stop = threading.Event(), asyncio.Event()
        self.error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._started.wait(_START_SECONDS), "the service does not start"
        if self.error is not None:
            raise self.error

    def do(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Run a coroutine in the service's loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    def ask(self, board: str, sql: str, **parameters: object) -> Answer:
        """Run a query."""
        return self.do(
            self.service.engine.query(board, sql, parameters, limit=10_000, timeout_ms=10_000)
        )

    def kill_engine(self) -> None:
        """End the engine's process as the kernel would."""
        if (pid := self.service.engine.pid) is not None:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def stop(self) -> None:
        """Stop the service."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(30)
        assert not self._thread.is_alive(), "the service does not stop"

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve())
        except BaseException as error:
            self.error = error
            self._started.set()
        finally:
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
            self._loop.close()

    async def _serve(self) -> None:
        async with self.service.running():
            self._started.set()
            await self._stop.wait()
