"""The web app as a child process. It holds no data, so it is restarted when it ends or hangs."""

import http.client
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from local.child import Child, start_child, wait_until_ready
from local.ports import reach

_READY_SECONDS = 20.0
_PROBE_SECONDS = 2.0
_PROBE_TIMEOUT_SECONDS = 3.0
# After this many missed probes in a row it hangs. Its first answer may take `_READY_SECONDS`.
_MAX_MISSED_PROBES = 3
# If it ends repeatedly, it is restarted after 1, 2, 4 … seconds, at most this.
_MAX_PAUSE_SECONDS = 30.0
# After running this long, an end is not a repetition.
_STEADY_SECONDS = 60.0


class WebApp:
    """The web app on `host` and `port`: a child process, restarted when it ends or hangs.

    Python runs `module`, with `environment` added to ours. `say` gets messages for a person. Only
    the thread that made this object may call `keep`: the kernel ends a child when the thread that
    started it ends.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        redis_url: str,
        boards: str,
        cache: Path,
        say: Callable[[str], None],
        module: str = "webapp",
        environment: Mapping[str, str] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._host, self._port, self._module = host, port, module
        self._told = {"HOST": host, "PORT": str(port), "REDIS_URL": redis_url, "BOARDS": boards}
        self._told |= environment or {}
        self._log = cache / "web.log"
        self._say, self._clock = say, clock
        self._is_hung = threading.Event()
        self._restarts_in_a_row = 0
        self._start_at: float | None = None
        self.child = self._start()

    def wait_until_ready(self, stop: threading.Event) -> None:
        """Wait until it answers; raise `LocalError` or `Stopped`."""
        wait_until_ready(
            self.child,
            lambda: self._read_status(1.0) == 200,
            timeout_seconds=_READY_SECONDS,
            stop=stop,
        )

    def probe(self, stop: threading.Event) -> None:
        """Probe it regularly until `stop` is set, so that `keep` knows when it hangs."""
        asked, missed, has_answered = self.child, 0, False
        while not stop.wait(_PROBE_SECONDS):
            if asked is not self.child:
                asked, missed, has_answered = self.child, 0, False
            if self._read_status(_PROBE_TIMEOUT_SECONDS) is not None:
                missed, has_answered = 0, True
                continue
            missed += 1
            waited = self._clock() - self._started
            if missed >= _MAX_MISSED_PROBES and (has_answered or waited > _READY_SECONDS):
                self._is_hung.set()

    def keep(self) -> None:
        """Restart it if it ended or hangs, at once or after a pause."""
        if self._is_hung.is_set() and not self.child.ended:
            # A hanging process may ignore SIGTERM; its workers are in its session.
            with suppress(ProcessLookupError):
                os.killpg(self.child.process.pid, signal.SIGKILL)
            self.child.process.wait()
            self._say(f"! the web app stopped answering; its log is {self._log}")
        if not self.child.ended:
            return
        now = self._clock()
        if self._start_at is None:
            if now - self._started > _STEADY_SECONDS:
                self._restarts_in_a_row = 0
            pause = 2.0 ** (self._restarts_in_a_row - 1) if self._restarts_in_a_row else 0.0
            self._restarts_in_a_row += 1
            self._start_at = now + min(pause, _MAX_PAUSE_SECONDS)
            if not self._is_hung.is_set():
                self._say(f"! {self.child.describe_end()}")
            self._say("! It is restarted. No data is lost: it holds none.")
        if now >= self._start_at:
            self._start_at = None
            self.child = self._start(is_again=True)

    def _start(self, *, is_again: bool = False) -> Child:
        self._is_hung.clear()
        self._started = self._clock()
        return start_child(
            "the web app",
            [sys.executable, "-m", self._module],
            log=self._log,
            environment=os.environ | self._told,
            keep_log=is_again,
        )

    def _read_status(self, timeout_seconds: float) -> int | None:
        """Return the HTTP status of a probe; None without an answer."""
        connection = http.client.HTTPConnection(
            reach(self._host), self._port, timeout=timeout_seconds
        )
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()
