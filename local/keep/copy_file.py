"""Copies an open SQLite file into another, whole or not at all."""

import shutil
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

# SQLite does not always say that a disk is full; one with less than a few pages is.
_FULL_BYTES = 65_536


class CopyError(Exception):
    """The copy cannot be written, for a reason of its disk."""


def copy_file(connection: sqlite3.Connection, path: Path) -> None:
    """Copy the file of a connection as of now to `path`, also while others write.

    Raises `CopyError`, or SQLite's own error where the file itself cannot be read.
    """
    draft = path.with_name(f"{path.name}.draft")
    drafts = [draft, *(path.with_name(f"{draft.name}-{end}") for end in ("wal", "shm"))]
    _remove(drafts)
    try:
        draft.touch()
        with closing(sqlite3.connect(draft)) as copy:
            connection.backup(copy)
            # One file alone, whatever the copy is put on.
            copy.execute("PRAGMA journal_mode = DELETE")
        draft.rename(path)
    except sqlite3.OperationalError as error:
        is_full = shutil.disk_usage(path.parent).free < _FULL_BYTES
        raise CopyError("the disk is full" if is_full else str(error)) from error
    except OSError as error:
        raise CopyError(error.strerror) from error
    finally:
        _remove(drafts)


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
