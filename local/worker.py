"""A thread whose failure is noticed."""

import threading
from collections.abc import Callable


class Worker:
    """Runs `target(stop)` in a thread at once. `error` is what it raised, if it did.

    `patience_seconds` is how long it may take to end once it is told to.
    """

    def __init__(
        self, name: str, target: Callable[[threading.Event], None], patience_seconds: float = 1.0
    ) -> None:
        self.name = name
        self.patience_seconds = patience_seconds
        self.stop = threading.Event()
        self.error: BaseException | None = None
        self._target = target
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def join(self, timeout_seconds: float) -> None:
        self._thread.join(timeout_seconds)

    def _run(self) -> None:
        try:
            self._target(self.stop)
        except BaseException as error:
            self.error = error
