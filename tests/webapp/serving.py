"""Runs the web app as in production, in its own process, and clients that watch it."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from tests.conftest import ROOT, free_port
from tests.waiting import wait_for


class Event(NamedTuple):
    """One Server-Sent Event; `data` is decoded."""

    name: str
    id: str
    data: dict[str, Any]


class Web:
    """A running web app."""

    def __init__(self, process: subprocess.Popen[bytes], url: str) -> None:
        self.process = process
        self.url = url


def environment(redis_url: str, boards: Path, port: int, **settings: str) -> dict[str, str]:
    """Return the environment for a web app."""
    told = {"PORT": str(port), "REDIS_URL": redis_url, "BOARDS": str(boards)}
    return os.environ | told | settings


@contextmanager
def serve(
    redis_url: str, boards: Path, *, port: int | None = None, **settings: str
) -> Iterator[Web]:
    """Run the web app until the end of the block; `settings` go into its environment."""
    port = port or free_port()
    told = environment(redis_url, boards, port, **settings)
    process = subprocess.Popen([sys.executable, "-m", "webapp"], cwd=ROOT, env=told)
    try:
        web = Web(process, f"http://127.0.0.1:{port}")
        wait_for(lambda: _answers(f"{web.url}/healthz"))
        yield web
    finally:
        process.terminate()
        process.wait(10)


class Watcher:
    """A client of the stream in its own process; `events` grows as they arrive.

    The process prints events as they are in the stream, or as lines of JSON: name, id, data.
    """

    def __init__(self, *command: str) -> None:
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.events: list[Event] = []
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        fields: dict[str, str] = {}
        for line in self._process.stdout:
            if line.startswith("["):
                name, id_, data = json.loads(line)
                self._add(Event(name, id_, json.loads(data)))
                continue
            field, _, value = line.rstrip("\n").partition(": ")
            if field:
                fields[field] = value
            elif "data" in fields:
                data = json.loads(fields["data"])
                self._add(Event(fields["event"], fields.get("id", ""), data))
                fields = {}

    def _add(self, event: Event) -> None:
        with self._changed:
            self.events.append(event)
            self._changed.notify_all()

    def wait_for(self, meets: Callable[[Event], bool], timeout_seconds: float = 20) -> Event:
        """Return the next event that meets a condition."""
        seen = 0
        deadline = time.monotonic() + timeout_seconds
        with self._changed:
            while True:
                for event in self.events[seen:]:
                    seen += 1
                    if meets(event):
                        del self.events[:seen]
                        return event
                if not self._changed.wait(deadline - time.monotonic()):
                    raise AssertionError(f"nothing of the kind among {self.events}")

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join()
        assert self._process.stdout is not None
        self._process.stdout.close()


@contextmanager
def watch(*command: str) -> Iterator[Watcher]:
    """Let a command watch a stream until the end of the block."""
    watcher = Watcher(*command)
    try:
        yield watcher
    finally:
        watcher.close()


def curl(url: str, *arguments: str) -> AbstractContextManager[Watcher]:
    """Watch a stream with curl until the end of the block."""
    return watch("curl", "--silent", "--no-buffer", *arguments, url)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url).status_code == 200
    except httpx.TransportError:
        return False
