"""The tables of a board's file."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import duckdb

from explore.answers import TABLE

# The rows; `TABLE` is a view of them.
ROWS = "_rows"
# What a file must say to be used: raise it when the tables change.
FORMAT = "1"


class TableColumn(NamedTuple):
    """A column that is read from an attribute.

    `kind` is what its values are: `own` for one that the board's reader reads, else a kind of
    `sinks.plain_item`.
    """

    name: str
    attribute: str
    type: str
    kind: str


# DuckDB's type for each kind of value of a top-level attribute.
TYPES = {"S": "VARCHAR", "N": "DOUBLE", "BOOL": "BOOLEAN", "JSON": "JSON", "B": "VARCHAR"}


def quote_name(name: str) -> str:
    """Return a name as SQL has it; nearly all words of SQL are also names of attributes."""
    return '"' + name.replace('"', '""') + '"'


def create_tables(
    writer: duckdb.DuckDBPyConnection, own: Sequence[TableColumn], definition: str, epoch: str
) -> None:
    """Create the tables of an empty file, in one transaction."""
    columns = "".join(f"{quote_name(column.name)} {column.type}, " for column in own)
    writer.execute("BEGIN")
    writer.execute(
        f"CREATE TABLE {ROWS}(key VARCHAR PRIMARY KEY, {columns}item JSON, _stream_seq VARCHAR,"
        " _touched BIGINT, _others VARCHAR[])"
    )
    writer.execute(
        "CREATE TABLE _gone(key VARCHAR PRIMARY KEY, _stream_seq VARCHAR, _touched BIGINT,"
        " made DOUBLE)"
    )
    writer.execute(
        "CREATE TABLE _columns(place INTEGER, name VARCHAR, attribute VARCHAR, type VARCHAR,"
        " kind VARCHAR)"
    )
    writer.execute(
        "CREATE TABLE _state(definition VARCHAR, epoch VARCHAR, version BIGINT, filled BOOLEAN,"
        " behind VARCHAR, fill VARCHAR, cut DOUBLE, started BIGINT)"
    )
    writer.execute("INSERT INTO _state VALUES (?, ?, 0, false, '', '', 0, 0)", [definition, epoch])
    for place, column in enumerate(own):
        writer.execute("INSERT INTO _columns VALUES (?, ?, ?, ?, ?)", [place, *column])
    create_view(writer, own)
    writer.execute("COMMIT")


def create_view(writer: duckdb.DuckDBPyConnection, columns: Sequence[TableColumn]) -> None:
    """Make what people read: the rows without what only the engine needs."""
    names = "".join(f"{quote_name(column.name)}, " for column in columns)
    writer.execute(f"CREATE OR REPLACE VIEW {TABLE} AS SELECT key, {names}item FROM {ROWS}")


def read_columns(writer: duckdb.DuckDBPyConnection) -> list[TableColumn]:
    """Return the columns, in their order."""
    rows: list[Any] = writer.execute(
        "SELECT name, attribute, type, kind FROM _columns ORDER BY place"
    ).fetchall()
    return [TableColumn(*row) for row in rows]
