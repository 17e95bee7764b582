"""The columns of rows in ClickHouse, and what an item is in them."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from donations.image_json import Image
from sinks.clickhouse.server import Row, quote_name
from sinks.kinds.clickhouse import ClickHouse
from sinks.rows import RowMaker

_TIME = "Nullable(DateTime64(3, 'UTC'))"
# A time outside of these years is NULL: DateTime64 has no others.
_YEARS = range(1900, 2300)


class Column(NamedTuple):
    """One of the board's own columns."""

    name: str
    type: str


class Columns:
    """The columns of a sink's rows: the board's own, and the whole item as JSON.

    `definition` is a hash of all that decides what is in them.
    """

    # The columns that every table has, and their types.
    fixed: Mapping[str, str] = {
        "key": "String",
        "item": "String",
        "_version": "UInt256",
        "_is_deleted": "UInt8",
    }

    def __init__(self, sink: ClickHouse) -> None:
        self._maker = RowMaker(sink.board, sink.hidden)
        self.own = [Column(one["name"], _find_type(one["type"])) for one in self._maker.own]
        self.definition = self._maker.definition

    @property
    def names(self) -> list[str]:
        """The names of all columns, as SQL has them."""
        own = [quote_name(column.name) for column in self.own]
        return ["key", *own, "item", "_version", "_is_deleted"]

    @property
    def compared(self) -> str:
        """What SQL asks for to compare rows with `read_row`: the same whatever the settings."""
        own = [_compare(column) for column in self.own]
        return ", ".join(["key", *own, "item"])

    def key_of(self, keys: Image) -> str:
        """Return the text of an item's key."""
        return self._maker.key_of(keys)

    def make_row(self, image: Image) -> Row:
        """Return an item's key, own values and JSON, as SQL answers to `compared`."""
        made = self._maker.make(image)
        values = [
            _cut_time(value) if column.type == _TIME else value
            for column, value in zip(self.own, made["own"], strict=True)
        ]
        return [made["key"], *values, made["item"]]

    def encode(self, rows: Iterable[tuple[Row, str]]) -> bytes:
        """Return rows and their versions as an INSERT takes them.

        A row of a key alone is a deleted item.
        """
        names = ["key", *(column.name for column in self.own), "item"]
        lines = []
        for row, version in rows:
            is_deleted = len(row) == 1
            values: dict[str, Any] = dict(zip(names, row, strict=not is_deleted))
            values |= {"_version": version, "_is_deleted": int(is_deleted)}
            lines.append(json.dumps(values, ensure_ascii=False))
        return "\n".join(lines).encode("utf-8", "replace")


def normalize(columns: Columns, row: Row) -> Row:
    """Return a row of SQL's answer so that it equals the one that `make_row` makes."""
    key, *own, item = row
    values = [
        _pad(value, column.type) if isinstance(value, str) else value
        for column, value in zip(columns.own, own, strict=True)
    ]
    return [key, *values, item]


def _find_type(duckdb: str) -> str:
    if duckdb == "TIMESTAMP":
        return _TIME
    if duckdb == "VARCHAR":
        return "Nullable(String)"
    # DECIMAL(18,2), as ClickHouse itself tells it.
    return f"Nullable({duckdb.replace('DECIMAL', 'Decimal').replace(',', ', ')})"


def _compare(column: Column) -> str:
    name = quote_name(column.name)
    if column.type == _TIME:
        return f"toString(toUnixTimestamp64Milli({name}))"
    return name if column.type == "Nullable(String)" else f"toString({name})"


def _pad(text: str, kind: str) -> str:
    """Return a time in ms as text, and a decimal with all its digits."""
    if kind == _TIME:
        return _format_ms(int(text))
    if kind.startswith("Nullable(Decimal"):
        digits = int(kind.rstrip(")").rpartition(" ")[2])
        whole, _, part = text.partition(".")
        return f"{whole}.{part:0<{digits}}" if digits else whole
    return text


def _format_ms(time_ms: int) -> str:
    moment = datetime.fromtimestamp(time_ms // 1000, UTC)
    return f"{moment:%Y-%m-%d %H:%M:%S}.{time_ms % 1000:03}"


def _cut_time(text: str | None) -> str | None:
    """Return a time with milliseconds."""
    if text is None or int(text.partition("-")[0]) not in _YEARS:
        return None
    return text[:-3]
