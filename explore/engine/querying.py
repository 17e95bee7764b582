"""Runs one query in a READ ONLY transaction."""

import json
import re
import time
from collections.abc import Mapping
from typing import Any

import duckdb

from explore.answers import TABLE
from explore.checking import check_sql
from explore.engine.describing import Warnings
from explore.engine.file_state import read_state
from explore.engine.values import make_ready
from explore.errors import QueryRefused

_FETCHED = 200
_MOST_SQL = 64 * 1024
_PLACE = re.compile(r"\n+LINE (\d+): (.*)\n( *)\^+\s*$")


def run_query(
    reader: duckdb.DuckDBPyConnection,
    sql: str,
    parameters: Mapping[str, Any],
    *,
    limit: int,
    most_bytes: int,
    warnings: Warnings,
) -> dict[str, Any]:
    """Return the columns and at most `limit` rows, as JSON has them. Raises `QueryRefused`."""
    began = time.monotonic()
    # A read-only transaction changes nothing, also if the check lets something through; and all it
    # sees is of one version.
    reader.execute("BEGIN TRANSACTION READ ONLY")
    try:
        # Before anything else parses the text: parsing can take long, too.
        check_sql(reader, sql, {TABLE})
        text = require_select(reader, sql)
        version = read_state(reader).version
        told = warnings.find(reader, text, version)
        try:
            # On lines of their own, because the text may end with a comment.
            reader.execute(f"SELECT * FROM (\n{text}\n) LIMIT {limit + 1:d}", dict(parameters))
            columns = [(name, str(kind)) for name, kind, *_ in reader.description or ()]
            rows, is_truncated = _fetch(reader, [kind for _, kind in columns], limit, most_bytes)
        except (MemoryError, duckdb.OutOfMemoryException) as error:
            raise QueryRefused("the query needs more memory than it may use") from error
        except (UnicodeError, OverflowError) as error:
            raise QueryRefused(f"a value cannot be sent: {error}; cast it to VARCHAR") from error
    finally:
        reader.execute("ROLLBACK")
    return {
        "columns": columns,
        "rows": rows,
        "truncated": is_truncated,
        "warnings": told,
        "version": version,
        "elapsed_ms": round((time.monotonic() - began) * 1000),
    }


def require_select(reader: duckdb.DuckDBPyConnection, sql: str) -> str:
    """Return the text of the one SELECT, without what follows it. Raises `QueryRefused`."""
    if len(sql.encode("utf-8", "replace")) > _MOST_SQL:
        raise QueryRefused(f"the query has more than {_MOST_SQL:,} bytes")
    try:
        statements = reader.extract_statements(sql)
    except duckdb.Error as error:
        raise explain(error, sql) from error
    if len(statements) != 1:
        raise QueryRefused(f"write one statement; this is {len(statements)}")
    if statements[0].type != duckdb.StatementType.SELECT:
        kind = str(statements[0].type).rpartition(".")[2]
        raise QueryRefused(f"only SELECT is allowed, and this is {kind}")
    return _cut_end(sql)


def explain(error: duckdb.Error, sql: str, lines_before: int = 0) -> QueryRefused:
    """Return DuckDB's error as ours, with the place in the text of who asked."""
    message = str(error)
    found = _PLACE.search(message)
    if found is None:
        return QueryRefused(message)
    line, shown, blanks = int(found[1]) - lines_before, found[2], len(found[3])
    lines = sql.split("\n")
    column = blanks - len(f"LINE {found[1]}: ")
    position = None
    # DuckDB shortens long lines, and then the column is another one.
    if 1 <= line <= len(lines) and lines[line - 1].rstrip() == shown.rstrip() and column >= 0:
        position = sum(len(one) + 1 for one in lines[: line - 1]) + column
    return QueryRefused(message[: found.start()].strip(), position)


def _cut_end(sql: str) -> str:
    """Return the text before the semicolon at its end."""
    tokens = duckdb.tokenize(sql)
    raw = sql.encode()
    end = len(raw)
    for offset, kind in reversed(tokens):
        if raw[offset : offset + 1] == b";":
            end = offset
        elif str(kind) != "token_type.comment":
            break
    return raw[:end].decode()


def _fetch(
    reader: duckdb.DuckDBPyConnection, kinds: list[str], limit: int, most_bytes: int
) -> tuple[list[list[object]], bool]:
    rows: list[list[object]] = []
    size = 0
    while len(rows) <= limit:
        fetched = reader.fetchmany(min(_FETCHED, limit + 1 - len(rows)))
        if not fetched:
            return rows, False
        for row in fetched:
            ready = [make_ready(value, kind) for value, kind in zip(row, kinds, strict=True)]
            size += len(json.dumps(ready))
            if size > most_bytes:
                raise QueryRefused(
                    f"the answer is larger than {most_bytes:,} bytes; select fewer columns or rows"
                )
            rows.append(ready)
    return rows[:limit], True
