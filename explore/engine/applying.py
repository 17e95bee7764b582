"""Writes rows: batches of the stream, and pages of a scan under their guard.

A row goes by delete and insert from a staged table, in one transaction with the version. ON
CONFLICT and MERGE took 18 times as long where keys are spread.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import duckdb

from explore.engine.columns import Columns, list_staged
from explore.engine.tables import ROWS, quote_name

# So few keys are found by the index; of more, a scan of the whole table is faster. Of a
# million rows, 100 were deleted in 6 ms instead of 35.
_INDEXED = 500

# A change in JSON: `key`, `at`, `made`, and `row`, which is None of a deleted item.
Staged = Mapping[str, Any]


def stage(writer: duckdb.DuckDBPyConnection, columns: Columns, changes: Iterable[Staged]) -> None:
    """Fill the temporary table `b` with changes, the newest of each key."""
    newest: dict[str, Staged] = {}
    for change in changes:
        if (known := newest.get(change["key"])) is None or known["at"] < change["at"]:
            newest[change["key"]] = change
    columns.add_new(change["row"] for change in newest.values() if change["row"] is not None)
    nothing: list[str | None] = [None] * len(columns.all)
    staged = []
    for key, change in newest.items():
        row = change["row"]
        values, odd = (nothing, []) if row is None else columns.stage(row)
        item = None if row is None else row["item"]
        odd_text = json.dumps(odd) if odd else None
        staged.append([key, change["at"], str(change["made"]), item, odd_text, *values])
    writer.execute(
        "CREATE OR REPLACE TEMP TABLE b AS SELECT r[1] AS key, r[2] AS _stream_seq,"
        " CAST(r[3] AS DOUBLE) AS made, CAST(r[4] AS JSON) AS item,"
        f" from_json(r[5], '[\"VARCHAR\"]') AS _others{list_staged(columns.all)}"
        " FROM (SELECT unnest(from_json(?, '[[\"VARCHAR\"]]')) AS r)",
        [json.dumps(staged)],
    )


def drop_older(writer: duckdb.DuckDBPyConnection) -> None:
    """Drop staged changes of which the tables have the same one, or a newer one."""
    for table in (ROWS, "_gone"):
        writer.execute(
            f"DELETE FROM b USING {table} t WHERE t.key = b.key AND t._stream_seq >= b._stream_seq"
        )


def drop_touched(writer: duckdb.DuckDBPyConnection, guard: int) -> None:
    """Drop staged items of a scan that changed after it began to read them.

    The others keep the place in the stream of what the tables have: empty if they have nothing,
    and then any change is newer.
    """
    for table in (ROWS, "_gone"):
        writer.execute(
            f"DELETE FROM b USING {table} t WHERE t.key = b.key AND t._touched > {guard:d}"
        )
        writer.execute(
            f"UPDATE b SET _stream_seq = t._stream_seq FROM {table} t WHERE t.key = b.key"
        )


def count_different(writer: duckdb.DuckDBPyConnection) -> int:
    """Return how many staged items differ from their rows."""
    return _count(
        writer,
        f"SELECT count(*) FROM b LEFT JOIN {ROWS} t USING (key)"
        " WHERE t.key IS NULL OR CAST(t.item AS VARCHAR) <> CAST(b.item AS VARCHAR)",
    )


def count_staged(writer: duckdb.DuckDBPyConnection) -> int:
    """Return how many staged changes are left."""
    return _count(writer, "SELECT count(*) FROM b")


def write_staged(writer: duckdb.DuckDBPyConnection, columns: Columns, version: int) -> None:
    """Replace what the tables have of the staged keys."""
    names: Sequence[str] = [quote_name(column.name) for column in columns.all]
    listed = ", ".join(["key", *names, "item", "_stream_seq", "_others"])
    are_staged, keys = _where_staged(writer)
    for table in (ROWS, "_gone"):
        writer.execute(f"DELETE FROM {table} WHERE {are_staged}", keys)
    writer.execute(
        f"INSERT INTO {ROWS}({listed}, _touched) SELECT {listed}, {version:d} FROM b"
        " WHERE item IS NOT NULL"
    )
    writer.execute(
        f"INSERT INTO _gone SELECT key, _stream_seq, {version:d}, made FROM b WHERE item IS NULL"
    )


def _where_staged(writer: duckdb.DuckDBPyConnection) -> tuple[str, list[str]]:
    """Return a condition for rows whose keys are staged, and its values."""
    keys = [key for (key,) in writer.execute("SELECT key FROM b").fetchall()]
    if 0 < len(keys) <= _INDEXED:
        return f"key IN ({', '.join('?' * len(keys))})", keys
    return "key IN (SELECT key FROM b)", []


def _count(writer: duckdb.DuckDBPyConnection, sql: str) -> int:
    [(count,)] = writer.execute(sql).fetchall()
    return int(count)
