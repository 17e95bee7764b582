"""The file about the running system, by which other commands find it."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from local.errors import LocalError

_NOTHING = "nothing is running; start `make run` first, in another terminal"


@dataclass(frozen=True)
class Running:
    """The addresses of the running system's parts; `drained` is a file, see `DrainedMark`.

    `started` distinguishes its process from a later one with the same PID, see `read_start`.
    `sinks` are the board files that the folder of sinks is beside. `explore` is where SQL is asked,
    and `explore_feed` where its sinks hand in changes; empty without such a sink.
    """

    pid: int
    address: str
    dynamodb: str
    redis_url: str
    boards: str
    drained: str
    started: str | None = None
    sinks: str = ""
    explore_feed: str = ""
    explore: str = ""


class DrainedMark:
    """A file whose modification time says: everything written to the tables before is counted."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def reset(self) -> None:
        """Set the mark to: nothing is counted yet."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.touch()
        self.set_ns(0)

    def set_ns(self, time_ns: int) -> None:
        """Set the mark to: everything written before `time_ns` (ns since 1970) is counted.

        A disk that accepts nothing leaves the mark as it was; counting continues.
        """
        with suppress(OSError):
            os.utime(self.path, ns=(time_ns, time_ns))

    def read_ns(self) -> int:
        """Return the time before which everything is counted, in ns since 1970."""
        try:
            return self.path.stat().st_mtime_ns
        except FileNotFoundError:
            raise LocalError("the system that was running has stopped") from None


def state_file(cache: Path) -> Path:
    """Return the file about the running system."""
    return cache / "run.json"


def read_dynamodb(cache: Path) -> str:
    """Return the address of the system's DynamoDB; raise `LocalError` while it starts."""
    try:
        return str(json.loads(state_file(cache).read_text("utf-8"))["dynamodb"])
    except (OSError, ValueError, KeyError):
        raise LocalError("The event is starting") from None


def drained_file(cache: Path) -> Path:
    """Return the path of the running system's `DrainedMark`."""
    return cache / "drained"


@contextmanager
def claim(cache: Path) -> Iterator[None]:
    """Claim this folder for the one system that runs in it; raise `LocalError` if one runs.

    The claim ends with the process, however it ends.
    """
    try:
        cache.mkdir(parents=True, exist_ok=True)
        lock = (cache / "run.lock").open("w")
    except OSError as error:
        raise LocalError(
            f"the folder {cache} cannot be used: {error.strerror}; check its permissions"
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            running = find_running(cache)
            raise LocalError(
                f"it already runs at {running.address} (process {running.pid}); stop it first:"
                " Ctrl-C in its terminal, or make stop"
            ) from None
        # A killed process leaves its file behind, which must not be taken for ours.
        state_file(cache).unlink(missing_ok=True)
        try:
            yield
        finally:
            # On a disk that became read-only they stay; nobody believes them without the lock.
            with suppress(OSError):
                state_file(cache).unlink(missing_ok=True)
                drained_file(cache).unlink(missing_ok=True)


def tell_running(cache: Path, running: Running) -> None:
    """Write the file for other commands, readable by its owner only: a URL may have a password."""
    path = state_file(cache)
    draft = path.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(asdict(running), indent=2) + "\n", "utf-8")
    draft.replace(path)


def is_running(cache: Path) -> bool:
    """Return whether a system runs or is starting in this folder."""
    try:
        with (cache / "run.lock").open("r") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except BlockingIOError:
        return True
    return False


def find_running(cache: Path) -> Running:
    """Return the running system; raise `LocalError` if nothing runs, even if a file is left."""
    if is_running(cache):
        path = state_file(cache)
        try:
            return Running(**json.loads(path.read_text("utf-8")))
        except FileNotFoundError:
            raise LocalError("`make run` is still starting; try again in a moment") from None
        except (OSError, ValueError, TypeError) as error:
            raise LocalError(
                f"{path} cannot be read ({error}); stop `make run` with Ctrl-C in its terminal"
            ) from None
    raise LocalError(_NOTHING)
