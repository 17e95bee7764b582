"""Opens a part of an app in a thread, again after a failure and whenever it is out of date."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from starlette.concurrency import run_in_threadpool

from local.errors import LocalError

logger = logging.getLogger("tallyboard")

_LOOK_SECONDS = 0.2


class Opening:
    """Calls `open_part`, which may block, until it succeeds; `renew` has it called again.

    `name` is what the log calls the part. `on_failure` gets the error of a call. A `LocalError`
    says that it is not time yet, and is not logged.
    """

    def __init__(
        self,
        name: str,
        open_part: Callable[[], None],
        on_failure: Callable[[Exception], None] = lambda _: None,
    ) -> None:
        self._name, self._open, self._on_failure = name, open_part, on_failure
        self._is_stale = True

    def renew(self) -> None:
        """Have the part be opened again."""
        self._is_stale = True

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keep the part open within the block."""
        task = asyncio.create_task(self._keep_open())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _keep_open(self) -> None:
        while True:
            if self._is_stale:
                self._is_stale = False
                try:
                    await run_in_threadpool(self._open)
                except Exception as error:  # the display must continue, whatever fails here
                    self._is_stale = True
                    self._on_failure(error)
                    if not isinstance(error, LocalError):
                        logger.warning("%s cannot be opened: %r", self._name, error)
            await asyncio.sleep(_LOOK_SECONDS)
