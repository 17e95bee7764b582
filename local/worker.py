"""A thread that records its failure."""

import threading
from collections.abc import Callable, Sequence


class Worker:
    """Starts `target(stop)` in a thread. `error` holds the exception that it raised, if any.

    `patience_seconds` is how long it may take to end after `stop` is set.
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


def stop_workers(workers: Sequence[Worker]) -> None:
    """Stop all workers; wait last for those that have something to finish."""
    for patience_seconds in sorted({worker.patience_seconds for worker in workers}):
        ending = [worker for worker in workers if worker.patience_seconds == patience_seconds]
        for worker in ending:
            worker.stop.set()
        for worker in ending:
            worker.join(patience_seconds)
