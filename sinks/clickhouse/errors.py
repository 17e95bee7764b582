"""What ClickHouse refuses, in words that say what to do."""

import re

from sinks.kinds.clickhouse import ROWS_SUFFIX, ClickHouse

# ClickHouse's own numbers of errors: src/Common/ErrorCodes.cpp.
_NO_SUCH_COLUMN = (16, 47, 117)
_UNKNOWN_TABLE = 60
_UNKNOWN_DATABASE = 81
_WRONG_PASSWORD = (192, 193, 194, 516)
_NO_RIGHT = 497
_CODE = re.compile(r"Code: (\d+)\.")
_MOST_CHARACTERS = 300
# What follows quotes rows, which may be private.
_QUOTES = re.compile(r"\s*(?:\(at row|before:|Row 1:|\n)")


class ClickHouseError(Exception):
    """ClickHouse was not reached, or did not do what it was asked; the text says what to do."""


def explain_refusal(sink: ClickHouse, status: int, text: str) -> ClickHouseError:
    """Return the error for an answer of ClickHouse that is none."""
    found = _CODE.search(text)
    code = int(found[1]) if found else 0
    where = f"ClickHouse at {sink.url}"
    if code in _WRONG_PASSWORD:
        variable = sink.password or "the environment variable that `password` names"
        return ClickHouseError(
            f"{where} refuses the user {sink.user}: correct `user`, or set {variable} to its"
            " password"
        )
    if code == _UNKNOWN_DATABASE:
        return ClickHouseError(
            f"{where} has no database {sink.database}: correct `database`, or make it:"
            f" CREATE DATABASE {sink.database}"
        )
    if code == _UNKNOWN_TABLE:
        return ClickHouseError(
            f"{where} has no table {sink.database}.{sink.table}{ROWS_SUFFIX}: a fill makes it"
        )
    if code in _NO_SUCH_COLUMN:
        return ClickHouseError(
            f"the table {sink.database}.{sink.table}{ROWS_SUFFIX} at {sink.url} lacks a column of"
            " the board: a fill adds it"
        )
    what = _shorten(text[found.start() :] if found else text)
    if code == _NO_RIGHT:
        return ClickHouseError(
            f"{where} lets the user {sink.user} not do this: {what}; docs/explore.md has the rights"
            " that it needs"
        )
    return ClickHouseError(f"{where} answers {status}: {what or 'nothing'}")


def _shorten(text: str) -> str:
    """Return the beginning of ClickHouse's text, without rows that it quotes."""
    return _QUOTES.split(text.strip(), maxsplit=1)[0][:_MOST_CHARACTERS]
