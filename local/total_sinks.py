"""The sinks of the boards' totals as a child process, where the boards have any."""

import os
import sys
import time
from collections.abc import Callable

from aggregates.board_file import BoardError, load_boards
from local.child import Child, start_child
from local.dynamodb import REGION
from local.errors import LocalError
from local.ports import HOST
from local.settings import Settings
from sinks.choosing import choose_total_sinks

# A process that ended is started again after this.
_PAUSE_SECONDS = 3.0


class TotalSinks:
    """The process; absent if there is nothing for it to do. It holds no data.

    Its totals tables are in the local DynamoDB at `dynamodb`; for S3 it has our AWS variables. Only
    the thread that made this object may call `keep`. Raises `LocalError` for a mistake in a sink's
    file.
    """

    def __init__(
        self, redis_url: str, settings: Settings, dynamodb: str, say: Callable[[str], None]
    ) -> None:
        usual = {
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_DEFAULT_REGION": REGION,
        }
        told = {"REDIS_URL": redis_url, "BOARDS": settings.boards, "SINKS": settings.sinks}
        no_proxy = ",".join(filter(None, (os.environ.get("NO_PROXY"), HOST)))
        told |= {"AWS_ENDPOINT_URL_DYNAMODB": dynamodb, "NO_PROXY": no_proxy}
        self._environment = usual | os.environ | told
        self._log = settings.cache / "sinks.log"
        self._say = say
        self._start_at: float | None = None
        self._is_renewed = False
        self.child: Child | None = None
        if _has_sinks(settings):
            self.child = self._start(is_again=False)

    @property
    def children(self) -> list[Child]:
        """The process, as a list."""
        return [] if self.child is None else [self.child]

    def renew(self) -> None:
        """End the process, because a board has changed; `keep` starts it again."""
        if self.child is not None:
            self._is_renewed = True
            self.child.process.terminate()

    def keep(self) -> None:
        """Start the process again if it ended, after a pause."""
        if self.child is None or not self.child.ended:
            return
        now = time.monotonic()
        if self._start_at is None:
            if not self._is_renewed:
                self._say(f"! {self.child.describe_end()}\n! It is restarted; it holds no data.")
            self._start_at = now + (0.0 if self._is_renewed else _PAUSE_SECONDS)
        if now >= self._start_at:
            self._start_at, self._is_renewed = None, False
            self.child = self._start(is_again=True)

    def _start(self, *, is_again: bool) -> Child:
        return start_child(
            "the sinks of the totals",
            [sys.executable, "-m", "sinks"],
            log=self._log,
            environment=self._environment,
            keep_log=is_again,
        )


def _has_sinks(settings: Settings) -> bool:
    try:
        return bool(choose_total_sinks(load_boards(settings.boards), settings.sinks))
    except BoardError as error:
        raise LocalError(str(error)) from error
