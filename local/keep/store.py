"""The file of an event: the items of its tables, in SQLite.

Every commit is on the disk before it returns (`synchronous = FULL`). Changes reach `items` from the
tables' streams, shortly after they happen. A change that must be kept before it is acknowledged
goes into `pending` first, and stays there until the stream has delivered it.
"""

import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from donations.image_json import Image, decode_image, encode_image
from local.errors import LocalError
from local.keep.copy_file import CopyError, copy_file
from local.keep.layout import TABLES
from local.keep.sqlite_error import explain_error

# "tbev", in SQLite's header: it identifies an event's file.
_APPLICATION_ID = 0x74626576
_LAYOUT = 1
_BUSY_SECONDS = 5.0

_Execute = Callable[..., sqlite3.Cursor]


class StoreError(LocalError):
    """The event's file cannot be read or written; the text says which, why and what to do."""


class Kept(NamedTuple):
    """A change of one item; `image` is None if it was removed."""

    table: str
    key: str
    image: Image | None


class Store:
    """An open event file. Each thread and process opens its own."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection

    def close(self) -> None:
        self._connection.close()

    def keep(self, changes: Iterable[Kept], *, drained_ns: int | None = None) -> None:
        """Store changes from the streams, in their order.

        `drained_ns` is the start of a read of all streams that left no records: changes pending
        since before that are now among the items, and are deleted from `pending`.
        """
        with self._transaction() as execute:
            for change in changes:
                self._set_item(execute, change)
            if drained_ns is not None:
                execute("DELETE FROM pending WHERE written_ns < ?", (drained_ns,))

    def keep_now(self, changes: Iterable[Kept]) -> None:
        """Store changes that DynamoDB has taken in `pending`; they are on the disk on return."""
        with self._transaction() as execute:
            for table, key, image in changes:
                text = None if image is None else encode_image(image)
                execute(
                    "INSERT INTO pending (table_name, key, image, written_ns) VALUES (?, ?, ?, ?)",
                    (table, key, text, time.time_ns()),
                )

    def has_pending(self) -> bool:
        """Return whether there are changes that the streams have not delivered yet."""
        [[found]] = self._query("SELECT EXISTS (SELECT 1 FROM pending)", ())
        return bool(found)

    def settle(self) -> None:
        """Move pending changes into `items`. Call it only before the tables are filled."""
        with self._transaction() as execute:
            rows = execute("SELECT table_name, key, image FROM pending ORDER BY number").fetchall()
            for table, key, text in rows:
                image = None if text is None else decode_image(text)
                self._set_item(execute, Kept(table, key, image))
            execute("DELETE FROM pending", ())

    def replace(
        self, table: str, items: Iterable[tuple[str, Image]], *, read_ns: int | None = None
    ) -> None:
        """Replace all items of a table with these, given by key.

        `read_ns` is when reading them began (ns since 1970): later pending changes stay.
        """
        before_ns = time.time_ns() if read_ns is None else read_ns
        with self._transaction() as execute:
            execute("DELETE FROM items WHERE table_name = ?", (table,))
            execute(
                "DELETE FROM pending WHERE table_name = ? AND written_ns < ?", (table, before_ns)
            )
            for key, image in items:
                self._set_item(execute, Kept(table, key, image))

    def read_items(self, table: str) -> Iterator[Image]:
        """Yield the items of a table."""
        rows = self._query("SELECT key, image FROM items WHERE table_name = ?", (table,))
        for key, text in rows:
            try:
                yield decode_image(text)
            except ValueError as error:
                raise StoreError(
                    f"{self.path}: the item {key} of {table} is not DynamoDB's JSON: {error};"
                    " restore a backup, or correct it with any SQLite tool"
                ) from error

    def count_items(self, table: str) -> int:
        """Return the number of kept items of a table."""
        [[count]] = self._query("SELECT count(*) FROM items WHERE table_name = ?", (table,))
        return int(count)

    def list_tables(self) -> list[str]:
        """Return the names of the tables that have items, ignoring pending ones."""
        return [name for [name] in self._query("SELECT DISTINCT table_name FROM items", ())]

    def read_fact(self, name: str) -> str | None:
        """Return the text stored under a name; None if there is none."""
        rows = list(self._query("SELECT value FROM facts WHERE name = ?", (name,)))
        return rows[0][0] if rows else None

    def write_fact(self, name: str, value: str) -> None:
        """Store a text under a name, replacing the previous one."""
        with self._transaction() as execute:
            execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    def back_up(self, path: Path) -> None:
        """Copy the file to `path`, which must not exist, also while others write."""
        if path.exists():
            raise StoreError(f"{path} already exists; name another file for the backup")
        try:
            copy_file(self._connection, path)
        except CopyError as error:
            raise StoreError(f"{path}: the backup cannot be written: {error}") from error
        except sqlite3.Error as error:
            raise StoreError(explain_error(self.path, error)) from error

    @staticmethod
    def _set_item(execute: _Execute, change: Kept) -> None:
        if change.image is None:
            execute(
                "DELETE FROM items WHERE table_name = ? AND key = ?", (change.table, change.key)
            )
            return
        execute(
            "INSERT OR REPLACE INTO items VALUES (?, ?, ?, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))",
            (change.table, change.key, encode_image(change.image)),
        )

    def _query(self, sql: str, values: tuple[object, ...]) -> sqlite3.Cursor:
        with self._guard():
            return self._connection.execute(sql, values)

    @contextmanager
    def _transaction(self) -> Iterator[_Execute]:
        with self._guard():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection.execute
            except BaseException:
                self._connection.rollback()
                raise
            self._connection.commit()

    @contextmanager
    def _guard(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            if self._connection.in_transaction:
                self._connection.rollback()
            raise StoreError(explain_error(self.path, error)) from error


def open_store(path: Path, *, create: bool = False, is_copy: bool = False) -> Store:
    """Open an event's file; with `create`, make it if it does not exist.

    A copy that nobody else uses (`is_copy`) is only read, and may be on a read-only disk.
    Raises `StoreError` for a file that is damaged or not an event's; it is left as it is.
    """
    exists = path.exists()
    if not exists and not create:
        raise StoreError(f"{path} does not exist; `make event` creates it")
    try:
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}{'?immutable=1' if is_copy else ''}",
            uri=True,
            timeout=_BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )
    except sqlite3.Error as error:
        raise StoreError(explain_error(path, error)) from error
    try:
        [[application]] = connection.execute("PRAGMA application_id")
        is_empty = not exists or path.stat().st_size == 0
        if is_empty and create:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("BEGIN EXCLUSIVE")
            for statement in TABLES.split(";\n"):
                if statement.strip():
                    connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {_LAYOUT}")
            connection.commit()
        elif application != _APPLICATION_ID:
            raise StoreError(
                f"{path} is not an event's file and is left as it is; name another folder"
            )
        [[layout]] = connection.execute("PRAGMA user_version")
        if layout != _LAYOUT:
            raise StoreError(
                f"{path} was written by another version of Tallyboard (layout {layout}, this one"
                f" reads {_LAYOUT}); use that version, or restore a backup"
            )
        [[check]] = connection.execute("PRAGMA quick_check(1)")
        if check != "ok":
            raise StoreError(f"{path} is damaged ({check}) and is left as it is; restore a backup")
        if not is_copy:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
    except sqlite3.Error as error:
        connection.close()
        raise StoreError(explain_error(path, error)) from error
    except BaseException:
        connection.close()
        raise
    return Store(path, connection)
