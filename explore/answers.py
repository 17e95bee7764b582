"""What the engine answers."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

State = Literal["live", "loading"]

# The table that every board's SQL reads.
TABLE = "donations"


class Column(NamedTuple):
    """A column of an answer; `type` is DuckDB's name of it."""

    name: str
    type: str


@dataclass(frozen=True)
class Answer:
    """The rows of a query.

    Values are ready for JSON: DECIMAL, HUGEINT and integers from 2^53 on are text, timestamps ISO
    8601 in UTC, blobs base64. `truncated` says that there are more rows than the limit. `version`
    is that of the data, and `state` is `loading` while rows may be missing or old.
    """

    columns: list[Column]
    rows: list[list[object]]
    truncated: bool
    warnings: list[str]
    version: int
    state: State
    elapsed_ms: int


class SchemaColumn(NamedTuple):
    """A column of the table.

    `attribute` is what it is read from; empty for `key` and `item`. `others` is how many items have
    the attribute with a value that the column cannot have: there it is NULL.
    """

    name: str
    attribute: str
    type: str
    others: int


@dataclass(frozen=True)
class Schema:
    """The table that a board's queries read."""

    table: str
    columns: list[SchemaColumn]
    rows: int
    version: int
    state: State
