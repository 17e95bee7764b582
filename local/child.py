"""Child processes that end when we do."""

import contextlib
import ctypes
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from local.errors import LocalError, Stopped

# The time that children have to end after SIGTERM before they are killed.
STOP_SECONDS = 2.0
_POLL_SECONDS = 0.02
_LOG_TAIL_LINES = 8
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Child:
    """A child process; `name` is for a person, `log` is the file of its output."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def ended(self) -> bool:
        return self.process.poll() is not None

    def describe_end(self) -> str:
        """Return how the process ended and the last lines of its log."""
        code = self.process.poll()
        how = f"was ended by signal {-code}" if code is not None and code < 0 else f"ended ({code})"
        lines = self.log.read_text("utf-8", "replace").splitlines()[-_LOG_TAIL_LINES:]
        return "\n".join([f"{self.name} {how}; its log is {self.log}", *(f"  {x}" for x in lines)])


def start_child(
    name: str,
    command: Sequence[str],
    *,
    log: Path,
    environment: Mapping[str, str] | None = None,
    keep_log: bool = False,
) -> Child:
    """Start `command` with its output in `log`; raise `LocalError` if it cannot be started.

    With `keep_log` the output is appended to the log.

    It runs in its own session, so Ctrl-C reaches only us and we decide the order of shutdown. On
    Linux the kernel ends it when the *thread* that called this ends: call it from the main thread.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab" if keep_log else "wb") as output:
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,
                preexec_fn=_parent_death_signal(),
            )
        except OSError as error:
            raise LocalError(f"{name} cannot be started: {command[0]}: {error.strerror}") from error
    return Child(name, process, log)


def wait_until_ready(
    child: Child, is_ready: Callable[[], bool], *, timeout_seconds: float, stop: threading.Event
) -> None:
    """Wait until `is_ready()`; raise `LocalError` if the child ends first or takes too long.

    Raises `Stopped` when `stop` is set.
    """
    deadline = time.monotonic() + timeout_seconds
    while not is_ready():
        if child.ended:
            raise LocalError(child.describe_end())
        if time.monotonic() > deadline:
            raise LocalError(
                f"{child.name} did not answer within {timeout_seconds:.0f} s;"
                f" its log is {child.log}"
            )
        if stop.wait(_POLL_SECONDS):
            raise Stopped


def stop_children(children: Iterable[Child]) -> None:
    """End all `children` together: SIGTERM, then SIGKILL for those still running after 2 s."""
    running = [child for child in children if not child.ended]
    for child in running:
        child.process.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    for child in running:
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.process.wait(max(0.0, deadline - time.monotonic()))
    for child in running:
        if not child.ended:
            child.process.kill()
            child.process.wait()


def _parent_death_signal() -> Callable[[], None] | None:
    """Return a function that has the kernel end a child with its parent; None without support."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def ask_kernel() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)

    return ask_kernel
