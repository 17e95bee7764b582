"""Explains SQLite's errors to a person."""

import sqlite3
from pathlib import Path


def explain_error(path: Path, error: sqlite3.Error) -> str:
    """Return a text about what went wrong with the file and what to do."""
    code = getattr(error, "sqlite_errorcode", None)
    primary = None if code is None else code & 0xFF
    if primary == sqlite3.SQLITE_FULL:
        return f"{path} cannot be written: the disk is full; free some space, then try again"
    if primary in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return f"{path} cannot be written ({error}); check the folder's permissions and the disk"
    if primary == sqlite3.SQLITE_IOERR:
        return (
            f"{path} cannot be written: the disk reports an error ({error}), and may be read-only"
            " since; stop the event, then repair the disk, or copy the folder to another one"
        )
    if primary in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return (
            f"{path} is damaged or not an event's file ({error}) and is left as it is;"
            " restore a backup"
        )
    return f"{path} cannot be used: {error}"
