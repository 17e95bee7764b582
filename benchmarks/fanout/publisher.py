"""Publishes at a fixed rate, independent of the server's speed (an open loop)."""

import threading
import time
from collections.abc import Callable

NS = 1_000_000_000


class Publisher:
    """Calls `publish(version, at)` `rate` times a second from a thread, from `version` on.

    Late publishes are caught up; each carries the time at which it was really published.
    """

    def __init__(
        self, publish: Callable[[int, str], None], rate: float, version: int = 1_000
    ) -> None:
        self._publish = publish
        self._interval_ns = round(NS / rate)
        self.version = version
        self.times_ns: list[int] = []
        self.latest_ns = 0
        self.error: Exception | None = None
        self._until_ns: int | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> int:
        """Return the time of the first publish, in monotonic nanoseconds."""
        self._start_ns = time.monotonic_ns() + self._interval_ns
        self._thread.start()
        return self._start_ns

    def window(self, seconds: float) -> tuple[int, int]:
        """Return the next window; it begins and ends half-way between two publishes."""
        steps = (time.monotonic_ns() - self._start_ns) // self._interval_ns + 2
        from_ns = self._start_ns + steps * self._interval_ns - self._interval_ns // 2
        count = max(1, round(seconds * NS / self._interval_ns))
        return from_ns, from_ns + count * self._interval_ns

    def published(self, from_ns: int, to_ns: int) -> int:
        return sum(from_ns <= time_ns < to_ns for time_ns in self.times_ns)

    def stop(self, at_ns: int | None = None) -> None:
        """End at a time, by default now; raise the error of a failed publish."""
        self._until_ns = at_ns or time.monotonic_ns()
        self._thread.join(max(0.0, (self._until_ns - time.monotonic_ns()) / NS) + 10)
        if self.error is not None:
            raise self.error

    def _run(self) -> None:
        due_ns = self._start_ns
        while self._until_ns is None or due_ns < self._until_ns:
            if (wait_ns := due_ns - time.monotonic_ns()) > 0:
                time.sleep(min(wait_ns / NS, 0.2))
                continue
            now_ns = time.monotonic_ns()
            self.version += 1
            try:
                self._publish(self.version, str(now_ns))
            except Exception as error:
                self.error = error
                return
            self.times_ns.append(now_ns)
            self.latest_ns = max(self.latest_ns, now_ns - due_ns)
            due_ns += self._interval_ns


def sleep_until(time_ns: int) -> None:
    time.sleep(max(0.0, (time_ns - time.monotonic_ns()) / NS))
