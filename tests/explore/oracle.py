"""What the rows of a table have to be, written again without the code that makes them."""

import json
from base64 import b64encode
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import Binary, TypeDeserializer

from aggregates.board import Board
from aggregates.contribution import Contribution, contribution_reader
from aggregates.rejected import Rejected
from donations.image_json import Image
from explore.answers import Answer, Schema

_READ = TypeDeserializer().deserialize


def read_plain(image: Image) -> dict[str, Any]:
    """Return an item as JSON values."""
    return {name: _plain(_READ(typed)) for name, typed in image.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        if len(value.as_tuple().digits) > 15:
            return str(value)
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, Binary):
        return b64encode(value.value).decode()
    if isinstance(value, set):
        return sorted(map(_plain, value))
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    return value


def count(board: Board, images: Iterable[Image]) -> dict[str, tuple[int, Decimal]]:
    """Return the display's totals: count and sum of each group."""
    totals: dict[str, tuple[int, Decimal]] = {}
    for image in images:
        found = _contribute(board, image)
        if found is not None:
            items, amount = totals.get(found.group, (0, Decimal(0)))
            added = Decimal(found.values[0]).scaleb(-board.measures[0].unit.exponent)
            totals[found.group] = (items + 1, amount + added)
    return totals


def compare(board: Board, images: Iterable[Image], answer: Answer, schema: Schema) -> list[str]:
    """Return how the rows of `select * from donations` differ from the table's items."""
    names = [column.name for column in answer.columns]
    rows = {str(row[0]): dict(zip(names, row, strict=True)) for row in answer.rows}
    wrong = []
    for image in images:
        [key] = image[board.key[0]].values()
        row = rows.pop(key, None)
        if row is None:
            wrong.append(f"{key} is missing")
            continue
        plain = read_plain(image)
        if json.dumps(row["item"], sort_keys=True) != json.dumps(plain, sort_keys=True):
            wrong.append(f"{key} has the item {row['item']}, not {plain}")
            continue
        wanted = _read_row(board, image, plain, schema)
        wrong += [
            f"{key} has {name} = {row[name]!r}, not {value!r}"
            for name, value in wanted.items()
            if row[name] != value
        ]
    return wrong + [f"{key} should be gone" for key in rows]


def _read_row(
    board: Board, image: Image, plain: Mapping[str, Any], schema: Schema
) -> dict[str, Any]:
    found = _contribute(board, image)
    measure = board.measures[0]
    own: dict[str, Any] = {board.group_by: None, board.time or "": None, measure.name: None}
    if found is not None:
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=found.time_ms)
        own[board.group_by] = found.group
        own[board.time or ""] = moment.isoformat().replace("+00:00", "Z")
        own[measure.name] = f"{Decimal(found.values[0]).scaleb(-measure.unit.exponent):f}"
    row = dict(own)
    kinds = {"VARCHAR": ("S", "B"), "DOUBLE": ("N",), "BOOLEAN": ("BOOL",)}
    for column in schema.columns:
        if column.attribute and column.attribute not in own:
            typed = image.get(column.attribute, {"NULL": True})
            [kind] = typed
            if kind == "NULL":
                value = None
            elif column.type == "JSON":
                value = plain[column.attribute] if kind in ("M", "L", "SS", "NS", "BS") else None
            elif kind in kinds[column.type]:
                value = plain[column.attribute]
                if kind == "N":
                    value = float(typed["N"])
            else:
                value = None
            row[column.name] = value
    return row


def _contribute(board: Board, image: Image) -> Contribution | None:
    try:
        return contribution_reader(board)(image)
    except Rejected:
        return None
