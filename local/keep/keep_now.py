"""Keeps changes before they are acknowledged; concurrent callers share one write."""

import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Self

from donations.image_json import Image
from local.keep.store import Kept, Store, StoreError, open_store


class _Waiting:
    """A caller's changes; `done` is set when they are on the disk or the write failed."""

    def __init__(self, changes: list[Kept]) -> None:
        self.changes = changes
        self.done = threading.Event()
        self.error: StoreError | None = None


class KeepNow:
    """A callable that keeps changes DynamoDB has taken, from any thread, on the disk on return.

    If it raises `StoreError`, the changes must not be acknowledged.
    """

    def __init__(self, path: Path) -> None:
        self._store: Store = open_store(path)
        self._writing, self._queueing = threading.Lock(), threading.Lock()
        self._waiting: list[_Waiting] = []

    def __call__(self, changes: Sequence[tuple[str, str, Image | None]]) -> None:
        mine = _Waiting([Kept(*change) for change in changes])
        with self._queueing:
            self._waiting.append(mine)
        with self._writing:
            # Either the previous writer has included mine, or I write for all who wait now.
            if not mine.done.is_set():
                self._write()
        if mine.error is not None:
            raise StoreError(str(mine.error)) from mine.error

    def close(self) -> None:
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _write(self) -> None:
        with self._queueing:
            batch, self._waiting = self._waiting, []
        error = None
        try:
            self._store.keep_now(_flatten(batch))
        except StoreError as raised:
            error = raised
        for one in batch:
            one.error = error
            one.done.set()


def _flatten(batch: Iterable[_Waiting]) -> Iterable[Kept]:
    return (change for one in batch for change in one.changes)
