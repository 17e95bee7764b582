"""Decides whether a user's SQL may run: one SELECT over the board's tables, and nothing else.

DuckDB's own settings do not hold: a SELECT can write (`WITH d AS (DELETE …)`), and can read files.
So DuckDB parses the text into its syntax tree, and `explore/syntax_tree.py` allows what it knows.
"""

import json
import re
from collections.abc import Iterable
from typing import Any, Protocol

from explore.errors import QueryRefused
from explore.syntax_tree import SyntaxTree

MAX_SQL_BYTES = 64 * 1024
# DuckDB's parser takes 14 s and gigabytes for 5,000 open brackets, before any limit applies.
MAX_DEPTH = 100

_NOT_ONE = "write exactly one SELECT statement"
# Comments, quoted names and texts: brackets in them do not nest.
_QUOTED = re.compile(
    r"""--[^\n\r]*|/\*.*?\*/|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(\w*)\$.*?\$\1\$""", re.DOTALL
)
# The first word of each statement; a guess is good enough for the text of an error.
_FIRST_WORD = re.compile(r"(?:^|;)(?:\s|--[^\n]*\n|/\*.*?\*/)*(\w+)", re.DOTALL)
# NUL ends a text in C; half of a surrogate pair is no character.
_NO_TEXT = re.compile(r"[\x00\ud800-\udfff]")
_SCHEMA_INSTEAD = "GET /api/boards/{board}/schema tells the columns and their types"
_INSTEAD = {
    "PIVOT": "write sum(x) FILTER (WHERE …) for each column instead of PIVOT",
    "EXPLAIN": "stats.elapsed_ms of the answer tells how long a query took",
    "CALL": "write SELECT * FROM range(…) instead of CALL",
    "PRAGMA": _SCHEMA_INSTEAD,
}


class Connection(Protocol):
    """What is needed of a DuckDB connection."""

    def execute(self, query: str, parameters: Any = ...) -> Any: ...


def check_sql(connection: Connection, sql: str, tables: Iterable[str]) -> None:
    """Return if `sql` is one SELECT that reads only `tables`; raise `QueryRefused` otherwise.

    Call it where the query will run: it parses the text, and a parser is part of what users' SQL
    can attack. Names and types are not checked; DuckDB does that when it runs the query.
    """
    _check_text(sql)
    [answer] = connection.execute("SELECT json_serialize_sql(?)", [sql]).fetchone()
    try:
        parsed = json.loads(answer)
        if parsed.get("error"):
            raise _explain(sql, parsed)
        _check_count(parsed["statements"])
        SyntaxTree(tables, lambda at: _find_position(sql, at)).check(
            parsed["statements"][0]["node"]
        )
    except RecursionError:
        raise QueryRefused("the query is nested too deeply; make it simpler") from None


def _check_text(sql: str) -> None:
    if found := _NO_TEXT.search(sql):
        raise QueryRefused("the query has a character that is not text", found.start())
    size = len(sql.encode())
    if size > MAX_SQL_BYTES:
        raise QueryRefused(f"the query has {size:,} bytes; the limit is {MAX_SQL_BYTES:,}")
    depth, skip_to = 0, 0
    for found in re.finditer(r"""[(\[{)\]}'"$]|--|/\*""", sql):
        if found.start() < skip_to:
            continue
        if found[0] in "([{":
            depth += 1
        elif found[0] in ")]}":
            depth -= 1
        elif quoted := _QUOTED.match(sql, found.start()):
            skip_to = quoted.end()
        if depth > MAX_DEPTH:
            raise QueryRefused(f"the query nests more than {MAX_DEPTH} brackets", found.start())


def _check_count(statements: list[Any]) -> None:
    if not statements:
        raise QueryRefused(f"there is no query; {_NOT_ONE}")
    if len(statements) > 1:
        raise QueryRefused(f"there are {len(statements)} statements; {_NOT_ONE}")


def _explain(sql: str, error: dict[str, Any]) -> QueryRefused:
    """Return why DuckDB could not parse the query, or why its kind of statement is refused."""
    if error.get("error_type") == "not implemented":
        return _explain_kind(sql)
    text = str(error.get("error_message", "the query is not SQL"))
    if text.startswith("Max expression depth"):
        return QueryRefused("the query is nested too deeply; make it simpler")
    at = str(error.get("position", ""))
    position = _find_position(sql, int(at)) if at.isdigit() else None
    return QueryRefused(text.splitlines()[0][:500], position)


def _explain_kind(sql: str) -> QueryRefused:
    """Return why a statement is refused that is no SELECT, or has one beside it."""
    verbs = [found for found in _FIRST_WORD.finditer(sql) if found[1].upper() != "SELECT"]
    if not verbs:
        return QueryRefused(f"this is not a SELECT; {_NOT_ONE}")
    word = verbs[0][1].upper()
    hint = _INSTEAD.get(word, f"{_NOT_ONE}; nothing can be changed here")
    return QueryRefused(f"{word} is not allowed; {hint}", verbs[0].start(1))


def _find_position(sql: str, at_byte: int) -> int | None:
    """Return the place in characters of a place in bytes, which DuckDB gives; None for none."""
    data = sql.encode()
    if not 0 <= at_byte <= len(data):
        return None
    return len(data[:at_byte].decode("utf-8", "ignore"))
