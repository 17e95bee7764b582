"""Compares the rows that readers see in ClickHouse with the table; changes nothing."""

import json
import time
from base64 import b64decode
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from hashlib import sha256
from typing import Any

from donations.image_json import Image
from sinks.clickhouse.columns import Columns, normalize
from sinks.clickhouse.server import Row, Server, quote_text
from sinks.clickhouse.tables import Tables
from sinks.kinds.clickhouse import ClickHouse
from sinks.verifying import Verified

_SHOWN, _KEPT = 10, 1_000
# A difference may be a change that is on its way.
_LOOKS, _WAIT_SECONDS = 5, 1.0
# Of keys in one statement; ClickHouse takes statements up to 256 KB.
_MOST_CHARACTERS = 50_000


def verify_clickhouse(
    sink: ClickHouse, dynamodb: Any, server: Server, sleep: Callable[[float], None] = time.sleep
) -> Verified:
    """Compare all rows; look again at what differs, since the stream may be on its way.

    It keeps a hash of each row in memory. Raises boto3's errors and `ClickHouseError`.
    """
    reader = _Reader(sink, dynamodb, server)
    items, different = _compare_all(reader)
    for _ in range(_LOOKS - 1):
        if not different:
            break
        sleep(_WAIT_SECONDS)
        different = _compare_some(reader, list(different)[:_KEPT])
    return Verified(items, len(different), list(different.values())[:_SHOWN])


def _compare_all(reader: "_Reader") -> tuple[int, dict[str, str]]:
    """Return how many items there are, and by key in words what differs."""
    rows = {row[0]: _hash(row) for row in reader.read_rows()}
    different: dict[str, str] = {}
    items = 0
    for wanted in reader.scan():
        items += 1
        key = wanted[0]
        found = rows.pop(key, None)
        if found is None:
            different[key] = _tell_missing(key)
        elif found != _hash(wanted):
            different[key] = f"{key}: differs from its row"
    different |= {key: _tell_left(key) for key in rows}
    return items, different


def _compare_some(reader: "_Reader", keys: Collection[str]) -> dict[str, str]:
    rows = {row[0]: row for row in reader.read_rows_of(keys)}
    different = {}
    for key in keys:
        found, wanted = rows.get(key), reader.read_item(key)
        if wanted is None and found is not None:
            different[key] = _tell_left(key)
        elif wanted is not None and found is None:
            different[key] = _tell_missing(key)
        elif wanted is not None and found is not None and wanted != found:
            names = reader.find_different(wanted, found)
            different[key] = f"{key}: differs in {', '.join(names)}"
    return different


class _Reader:
    """Reads both sides, in the same form."""

    def __init__(self, sink: ClickHouse, dynamodb: Any, server: Server) -> None:
        self._sink, self._dynamodb, self._server = sink, dynamodb, server
        self._columns = Columns(sink)
        view = Tables(sink, self._columns, server).view
        self._sql = f"SELECT {self._columns.compared} FROM {view}"
        described = dynamodb.describe_table(TableName=sink.source.table)["Table"]
        self._types: Mapping[str, str] = {
            one["AttributeName"]: one["AttributeType"] for one in described["AttributeDefinitions"]
        }

    def read_rows(self) -> Iterator[Row]:
        for row in self._server.read(self._sql):
            yield normalize(self._columns, row)

    def read_rows_of(self, keys: Iterable[str]) -> Iterator[Row]:
        for texts in _split(map(quote_text, keys)):
            for row in self._server.ask(f"{self._sql} WHERE key IN ({', '.join(texts)})"):
                yield normalize(self._columns, row)

    def scan(self) -> Iterator[Row]:
        pages = self._dynamodb.get_paginator("scan").paginate(
            TableName=self._sink.source.table, ConsistentRead=True
        )
        for page in pages:
            yield from map(self._columns.make_row, page["Items"])

    def read_item(self, key: str) -> Row | None:
        reply = self._dynamodb.get_item(
            TableName=self._sink.source.table, Key=self._parse_key(key), ConsistentRead=True
        )
        image = reply.get("Item")
        return None if image is None else self._columns.make_row(image)

    def find_different(self, wanted: Row, found: Row) -> list[str]:
        names = ["key", *(column.name for column in self._columns.own), "item"]
        return [n for n, a, b in zip(names, wanted, found, strict=True) if a != b]

    def _parse_key(self, text: str) -> Image:
        """Return an item's key from its text, as `aggregates.item.read_key` makes it."""
        names = self._sink.source.key
        values = [text] if len(names) == 1 else json.loads(text)
        return {
            name: _type_value(self._types[name], value)
            for name, value in zip(names, values, strict=True)
        }


def _type_value(kind: str, text: str) -> dict[str, Any]:
    return {kind: b64decode(text) if kind == "B" else text}


def _split(texts: Iterable[str]) -> Iterator[list[str]]:
    part: list[str] = []
    characters = 0
    for text in texts:
        part.append(text)
        characters += len(text)
        if characters > _MOST_CHARACTERS:
            yield part
            part, characters = [], 0
    if part:
        yield part


def _hash(row: Row) -> bytes:
    return sha256(json.dumps(row).encode()).digest()[:12]


def _tell_missing(key: str) -> str:
    return f"{key}: is missing from the rows"


def _tell_left(key: str) -> str:
    return f"{key}: is gone from the table, and still in the rows"
