"""The system that runs on this machine: told in one file, so that other commands find it."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from local.errors import LocalError

_NOTHING = "nothing is running: start `make run` first, in another terminal"


@dataclass(frozen=True)
class Running:
    """Where the parts of the running system are; `drained` is a file, see `DrainedMark`.

    `started` tells its process from a later one with the same number, see `read_start`.
    """

    pid: int
    address: str
    dynamodb: str
    redis_url: str
    boards: str
    drained: str
    started: str | None = None


class DrainedMark:
    """A file whose time of change says: what was written to the tables before then is counted."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def reset(self) -> None:
        """Say that nothing is counted yet."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.touch()
        self.set_ns(0)

    def set_ns(self, time_ns: int) -> None:
        """Say that what was written before `time_ns` (ns since 1970) is counted.

        A disk that takes nothing any more is no reason to count no more: it stays as it was.
        """
        with suppress(OSError):
            os.utime(self.path, ns=(time_ns, time_ns))

    def read_ns(self) -> int:
        """Return the time before which all is counted, ns since 1970."""
        try:
            return self.path.stat().st_mtime_ns
        except FileNotFoundError:
            raise LocalError("the system that was running has stopped") from None


def state_file(cache: Path) -> Path:
    """Return the file that tells of the running system."""
    return cache / "run.json"


def drained_file(cache: Path) -> Path:
    """Return the file of the running system's `DrainedMark`."""
    return cache / "drained"


@contextmanager
def claim(cache: Path) -> Iterator[None]:
    """Be the one system that runs in this folder; raise `LocalError` when there is one already.

    The claim ends with the process, however it ends.
    """
    try:
        cache.mkdir(parents=True, exist_ok=True)
        lock = (cache / "run.lock").open("w")
    except OSError as error:
        raise LocalError(
            f"the folder {cache} cannot be used: {error.strerror}; only logs are kept in it"
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            running = find_running(cache)
            raise LocalError(
                f"it runs already, at {running.address} (process {running.pid}); stop that first:"
                " Ctrl-C in its terminal, or make stop"
            ) from None
        # A process that was killed has left its own: it must not be taken for ours.
        state_file(cache).unlink(missing_ok=True)
        try:
            yield
        finally:
            # On a disk that became read-only they stay; nobody believes them without the lock.
            with suppress(OSError):
                state_file(cache).unlink(missing_ok=True)
                drained_file(cache).unlink(missing_ok=True)


def tell_running(cache: Path, running: Running) -> None:
    """Write the file that other commands read; only its owner may, for a password in a URL."""
    path = state_file(cache)
    draft = path.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(asdict(running), indent=2) + "\n", "utf-8")
    draft.replace(path)


def is_running(cache: Path) -> bool:
    """Return whether a system runs in this folder, or is about to."""
    try:
        with (cache / "run.lock").open("r") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except BlockingIOError:
        return True
    return False


def find_running(cache: Path) -> Running:
    """Return the running system; raise `LocalError` when nothing runs, whatever files say."""
    if is_running(cache):
        path = state_file(cache)
        try:
            return Running(**json.loads(path.read_text("utf-8")))
        except FileNotFoundError:
            raise LocalError("`make run` is still starting; try again in a moment") from None
        except (OSError, ValueError, TypeError) as error:
            raise LocalError(
                f"{path} cannot be read ({error}); end `make run` by Ctrl-C in its terminal"
            ) from None
    raise LocalError(_NOTHING)
