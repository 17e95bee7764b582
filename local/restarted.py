"""A child process that is started again when it ends, because it misses nothing meanwhile."""

import time
from collections.abc import Callable

from local.child import Child

# A process that ended is started again after this.
_PAUSE_SECONDS = 3.0


class Restarted:
    """The process that `start` starts, told whether it is started again; without `start`, none.

    `comfort` says what its end does not cost. Only the thread that made this object may call
    `keep`.
    """

    def __init__(
        self, start: Callable[[bool], Child] | None, comfort: str, say: Callable[[str], None]
    ) -> None:
        self._begin, self._comfort, self._say = start, comfort, say
        self._start_at: float | None = None
        self._is_renewed = False
        self._child = None if start is None else start(False)

    @property
    def children(self) -> list[Child]:
        """The process, as a list."""
        return [] if self._child is None else [self._child]

    def renew(self) -> None:
        """End the process, because a board has changed; `keep` starts it again at once."""
        if self._child is not None:
            self._is_renewed = True
            self._child.process.terminate()

    def keep(self) -> None:
        """Start the process again if it ended, after a pause."""
        if self._child is None or self._begin is None or not self._child.ended:
            return
        now = time.monotonic()
        if self._start_at is None:
            if not self._is_renewed:
                self._say(f"! {self._child.describe_end()}\n! It is restarted; {self._comfort}.")
            self._start_at = now + (0.0 if self._is_renewed else _PAUSE_SECONDS)
        if now >= self._start_at:
            self._start_at, self._is_renewed = None, False
            self._child = self._begin(True)
