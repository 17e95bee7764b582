"""What a board's table is, and what a person should know of its columns."""

from typing import Any

import duckdb

from explore.answers import TABLE
from explore.engine.file_state import read_state
from explore.engine.tables import ROWS, read_columns

_COUNT_OTHERS = (
    f"SELECT name, count(*) FROM (SELECT unnest(_others) AS name FROM {ROWS}) GROUP BY name"
)


def describe_table(reader: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Return the table as `explore.answers.Schema` has it."""
    reader.execute("BEGIN TRANSACTION READ ONLY")
    try:
        others = dict(reader.execute(_COUNT_OTHERS).fetchall())
        [(rows,)] = reader.execute(f"SELECT count(*) FROM {TABLE}").fetchall()
        columns = [
            (one.name, one.attribute, one.type, others.get(one.name, 0))
            for one in read_columns(reader)
        ]
        version = read_state(reader).version
    finally:
        reader.execute("ROLLBACK")
    fixed = ("key", "", "VARCHAR", 0), ("item", "", "JSON", 0)
    return {
        "table": TABLE,
        "columns": [fixed[0], *columns, fixed[1]],
        "rows": rows,
        "version": version,
    }


class Warnings:
    """Warns of columns that a query names and that lack the values of some items.

    What is counted is kept until the data changes. One of them serves one worker.
    """

    def __init__(self) -> None:
        self._version = -1
        self._known: list[tuple[str, str]] = []

    def find(self, reader: duckdb.DuckDBPyConnection, sql: str, version: int) -> list[str]:
        """Return the warnings for a query, within its transaction."""
        if version != self._version:
            others = dict(reader.execute(_COUNT_OTHERS).fetchall())
            self._known = [
                (column.attribute, _explain(column.name, column.kind, others[column.name]))
                for column in read_columns(reader)
                if others.get(column.name)
            ]
            self._version = version
        lower = sql.lower()
        return [text for name, text in self._known if name.partition(".")[0].lower() in lower]


def _explain(name: str, kind: str, count: int) -> str:
    items = "1 item" if count == 1 else f"{count:,} items"
    if kind == "own":
        return f"the board rejects {items}: there {name} is NULL; item has the values"
    return f"{name} has another type in {items}: there it is NULL; item has the values"
