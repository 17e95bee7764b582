"""Copies an event's file, and restores an event from a copy."""

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from local.keep.folder import EventFolder
from local.keep.store import StoreError, open_store
from local.keep.tables import JOURNAL_SUFFIX

# SQLite's files beside the main one; they hold its newest changes and belong only to it.
_BESIDE = ("-wal", "-shm")


class Contents(NamedTuple):
    """How many items of the boards' tables a file has, and how many entries of their journals."""

    items: int
    entries: int

    def __str__(self) -> str:
        return f"{self.items:,} items and {self.entries:,} entries of the journal"


def back_up(folder: EventFolder, path: Path) -> Contents:
    """Copy the event to `path`, also while it runs; return what the copy has.

    Raises `StoreError`; an existing file is left as it is.
    """
    store = open_store(folder.store)
    try:
        store.back_up(path)
    finally:
        store.close()
    _sync(path)
    return check_backup(path)


def check_backup(path: Path) -> Contents:
    """Return what a copy has; raise `StoreError` if it is not a complete event."""
    if not path.is_file():
        raise StoreError(f"there is no file {path}")
    # Open it as a copy, which writes nothing beside it: a USB stick may be read-only.
    store = open_store(path, is_copy=True)
    try:
        counts = {table: store.count_items(table) for table in store.list_tables()}
    finally:
        store.close()
    entries = sum(n for table, n in counts.items() if table.endswith(JOURNAL_SUFFIX))
    return Contents(sum(counts.values()) - entries, entries)


def restore(folder: EventFolder, path: Path) -> Path | None:
    """Replace the event with a copy; return the path of the old file, None if there was none.

    Call it only while nothing runs in the folder. Raises `StoreError`.
    """
    check_backup(path)
    aside = None
    try:
        draft = folder.store.with_suffix(".restored")
        shutil.copyfile(path, draft)
        if os.geteuid() == 0:
            # Root may restore for a service that runs as another user.
            owner = folder.path.stat()
            os.chown(draft, owner.st_uid, owner.st_gid)
        _sync(draft)
        if folder.store.exists():
            aside = _name_aside(folder)
            for end in ("", *_BESIDE):
                beside = folder.store.with_name(f"{folder.store.name}{end}")
                if beside.exists():
                    beside.rename(aside.with_name(f"{aside.name}{end}"))
        draft.replace(folder.store)
        _sync(folder.path)
    except OSError as error:
        raise StoreError(f"{folder.path} cannot be written: {error.strerror}") from error
    return aside


def _name_aside(folder: EventFolder) -> Path:
    at = f"{datetime.now(UTC):%Y-%m-%d-%H%M%S}"
    return folder.store.with_name(f"event-before-{at}.sqlite")


def _sync(path: Path) -> None:
    """Flush a file, or a folder's entries, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
