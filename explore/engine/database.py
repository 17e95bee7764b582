"""One board's file, and the one connection that writes it."""

import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb

from explore.engine.columns import Columns
from explore.engine.file_state import FileState, read_state, write_state
from explore.engine.settings import Config, make_config, open_readers
from explore.engine.tables import TableColumn, create_tables
from explore.limits import Limits

# Whoever confirms does so more often; if not, nobody knows whether the rows are current.
_CONFIRMED_SECONDS = 60.0


class Database:
    """A board's file, opened. The file is a cache: one that cannot be used is made again, empty.

    `readers` are connections for queries, one for each worker. Only one thread may write.
    """

    def __init__(
        self,
        path: Path,
        own: Sequence[TableColumn],
        definition: str,
        limits: Limits,
        boards: int,
    ) -> None:
        minor = duckdb.__version__.rpartition(".")[0]
        config = make_config(limits, boards, path.with_suffix(".tmp"))
        wanted = f"{definition} {minor}"
        self.writer, self.note = _open(path, config, own, wanted)
        self.readers = open_readers(self.writer, limits)
        self.columns = Columns(self.writer)
        self.state = read_state(self.writer)
        self._confirmed_until = 0.0

    @property
    def is_live(self) -> bool:
        """Whether the rows are those of the table, except for what is on its way."""
        is_confirmed = time.monotonic() < self._confirmed_until
        return self.state.filled and not self.state.behind and is_confirmed

    def confirm(self) -> None:
        """Note that somebody who knows what the sink has taken found that this file has it."""
        self._confirmed_until = time.monotonic() + _CONFIRMED_SECONDS

    @contextmanager
    def transaction(self) -> Iterator[FileState]:
        """Write in one transaction; yields the state. An error undoes everything."""
        self.writer.execute("BEGIN")
        try:
            yield self.state
            self.writer.execute("COMMIT")
        except BaseException:
            # A failed commit has ended the transaction.
            with suppress(duckdb.TransactionException):
                self.writer.execute("ROLLBACK")
            self.state = read_state(self.writer)
            self.columns.reload()
            raise

    def note_state(self, state: FileState) -> None:
        """Replace the state, within a transaction."""
        write_state(self.writer, state)
        self.state = state


def _open(
    path: Path, config: Config, own: Sequence[TableColumn], definition: str
) -> tuple[duckdb.DuckDBPyConnection, str]:
    """Return a connection to a file with our tables, and why the old file was thrown away."""
    path.parent.mkdir(parents=True, exist_ok=True)
    note = ""
    if path.exists():
        try:
            writer = duckdb.connect(str(path), config=config)
            [(found,)] = writer.execute("SELECT definition FROM _state").fetchall()
        except (duckdb.Error, ValueError) as error:
            note = f"it cannot be read: {str(error).splitlines()[0]}"
        else:
            if found == definition:
                return writer, ""
            note = "the board, its hidden attributes or the version of DuckDB changed"
            writer.close()
    for old in (path, path.with_name(path.name + ".wal")):
        old.unlink(missing_ok=True)
    writer = duckdb.connect(str(path), config=config)
    create_tables(writer, own, definition, secrets.token_hex(8))
    return writer, note
