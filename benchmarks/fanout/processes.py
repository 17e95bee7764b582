"""Runs processes on a core of their own, and reads their use of CPU and memory."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

SERVER_CORE = 0
LOAD_CORE = 1
_END_SECONDS = 10.0
_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


class NotStarted(Exception):
    """A process did not start; the text names it and quotes the end of its log."""


class Pinned:
    """A process and its children on one core, in their own session."""

    def __init__(
        self,
        command: Sequence[str],
        core: int,
        *,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
        log: Path | None = None,
        pipes: bool = False,
    ) -> None:
        self.command = list(command)
        self._log = log
        pipe = subprocess.PIPE if pipes else subprocess.DEVNULL
        ours = os.sched_getaffinity(0)
        # A child inherits the affinity of the thread that starts it.
        os.sched_setaffinity(0, {core})
        try:
            with contextlib.ExitStack() as stack:
                errors = stack.enter_context(log.open("ab")) if log else subprocess.DEVNULL
                self.process = subprocess.Popen(
                    self.command,
                    cwd=folder,
                    env={**os.environ, **(environment or {})},
                    stdin=pipe,
                    stdout=pipe if pipes else errors,
                    stderr=None if pipes else errors,
                    start_new_session=True,
                )
        finally:
            os.sched_setaffinity(0, ours)
        self.pid = self.process.pid

    def pids(self) -> list[int]:
        """Return the PIDs of the process and all that it started, found by their session."""
        found = []
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit():
                fields = _stat(int(folder.name))
                if fields and int(fields[3]) == self.pid:
                    found.append(int(folder.name))
        return found

    def cpu_seconds(self) -> float:
        """Return the user and system time of its processes that still run."""
        stats = [fields for pid in self.pids() if (fields := _stat(pid))]
        return sum(int(fields[11]) + int(fields[12]) for fields in stats) / _TICKS_A_SECOND

    def memory_kib(self) -> int:
        """Return the proportional set size, without the kernel's socket buffers."""
        total = 0
        for pid in self.pids():
            with contextlib.suppress(OSError):
                for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                    if line.startswith("Pss:"):
                        total += int(line.split()[1])
        return total

    def terminate(self) -> None:
        """Send SIGTERM, and SIGKILL to processes that still run after `_END_SECONDS`."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(_END_SECONDS)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)  # its own session, with no other process in it
            self.process.wait()

    def last_words(self) -> str:
        if self._log is None or not self._log.exists():
            return ""
        return self._log.read_text(errors="replace")[-600:].strip()


def _stat(pid: int) -> list[str] | None:
    """Return the fields of /proc/PID/stat after the name; session is [3], times [11] and [12]."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    return text.rpartition(")")[2].split()
