"""What a board's file says of itself."""

from typing import NamedTuple

import duckdb


class FileState(NamedTuple):
    """The state of a file, one row of it.

    `epoch` is another one in each new file. `filled` is whether a fill has ended, and `behind` is
    why changes may be missing since; empty if none are. Changes made before `cut` are not taken:
    the fill `fill` read the table later. `started` is the version at its beginning.
    """

    epoch: str
    version: int
    filled: bool
    behind: str
    fill: str
    cut: float
    started: int


_COLUMNS = ", ".join(FileState._fields)


def read_state(connection: duckdb.DuckDBPyConnection) -> FileState:
    """Return the state as the connection's transaction sees it."""
    [row] = connection.execute(f"SELECT {_COLUMNS} FROM _state").fetchall()
    return FileState(*row)


def write_state(writer: duckdb.DuckDBPyConnection, state: FileState) -> None:
    """Replace the state, in the writer's transaction."""
    marks = ", ".join(f"{name} = ?" for name in FileState._fields)
    writer.execute(f"UPDATE _state SET {marks}", list(state))
