"""A copy of an event's file, and an event from such a copy."""

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from local.keep.folder import EventFolder
from local.keep.store import StoreError, open_store
from local.keep.tables import JOURNAL_SUFFIX

# What SQLite has beside a file: newer than the file itself, and of it alone.
_BESIDE = ("-wal", "-shm")


class Contents(NamedTuple):
    """How many items of the boards' tables a file has, and how many entries of their journals."""

    items: int
    entries: int

    def __str__(self) -> str:
        return f"{self.items:,} items and {self.entries:,} entries of the journal"


def back_up(folder: EventFolder, path: Path) -> Contents:
    """Copy the event as of now, also while it runs, to `path`; return what it has.

    Raises `StoreError`; a file that is there already is left as it is.
    """
    store = open_store(folder.store)
    try:
        store.back_up(path)
    finally:
        store.close()
    _sync(path)
    return check_backup(path)


def check_backup(path: Path) -> Contents:
    """Return what a copy has; raise `StoreError` where it is not a whole event."""
    if not path.is_file():
        raise StoreError(f"there is no file {path}")
    # Opening it may write beside it: a stick may be read-only, and stays as it is.
    store = open_store(path, is_copy=True)
    try:
        counts = {table: store.count_items(table) for table in store.list_tables()}
    finally:
        store.close()
    entries = sum(n for table, n in counts.items() if table.endswith(JOURNAL_SUFFIX))
    return Contents(sum(counts.values()) - entries, entries)


def restore(folder: EventFolder, path: Path) -> Path | None:
    """Have the event be what a copy says; return where what was before is kept, None: nothing.

    Only while nothing runs in the folder. Raises `StoreError`.
    """
    check_backup(path)
    aside = None
    try:
        draft = folder.store.with_suffix(".restored")
        shutil.copyfile(path, draft)
        if os.geteuid() == 0:
            # Root restores for a service that is not root.
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
    """Have a file, or the names in a folder, be on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
