"""A panel of the display with a stored query's answer: SQL's service writes it for the web app."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, NamedTuple

from aggregates.board_name import NAME
from aggregates.fields import (
    MessageError,
    check_integer,
    load_object,
    read_field,
    read_natural,
    read_text,
)
from aggregates.totals import quote

KINDS = ("table", "number")
STATES = ("live", "loading")
MAX_ROWS = 20
MAX_COLUMNS = 4
MAX_TEXT_CHARACTERS = 80
MAX_PANEL_BYTES = 8_000
_MAX_EXPONENT = 6
_CURRENCY = re.compile(r"(?:[A-Z]{3})?", re.ASCII)

Cell = str | int | float | None


class PanelColumn(NamedTuple):
    """A column: `type` is `text`, `number`, or `amount` for integers of a unit's minor units."""

    name: str
    type: str
    unit: str = ""
    exponent: int = 0


@dataclass(frozen=True)
class Panel:
    """A stored query's answer as the display shows it.

    `state` is `live`, or `loading` while rows may be missing or old, since `since`. `version` is
    that of the data, and `at` the time, when the query first had this answer.
    """

    name: str
    title: str
    kind: str
    columns: tuple[PanelColumn, ...]
    rows: tuple[tuple[Cell, ...], ...]
    state: str
    since: str
    version: int
    at: str

    def json(self) -> dict[str, Any]:
        """Return the JSON of the event `panel`: `docs/protocol.md`."""
        columns = [column._asdict() for column in self.columns]
        return asdict(self) | {"columns": columns}


def encode_panel(panel: Panel) -> str:
    """Return the text to store; it may be longer than `MAX_PANEL_BYTES`, which readers refuse."""
    return json.dumps(panel.json(), ensure_ascii=False, separators=(",", ":"))


def decode_panel(text: bytes | str) -> Panel:
    """Return the panel that is stored; raise `MessageError`."""
    if len(text) > MAX_PANEL_BYTES:
        raise MessageError(f"a panel has {len(text):,} bytes; it may have {MAX_PANEL_BYTES:,}")
    fields = load_object(text, "a panel")
    columns = _read_columns(fields)
    name = read_text(fields, "name")
    if not NAME.fullmatch(name):
        raise MessageError(f"name is {quote(name)}, which no stored query can have")
    return Panel(
        name=name,
        title=_read_short(fields, "title"),
        kind=_read_one_of(fields, "kind", KINDS),
        columns=columns,
        rows=_read_rows(fields, columns),
        state=_read_one_of(fields, "state", STATES),
        since=_read_time(fields, "since"),
        version=read_natural(fields, "version"),
        at=_read_time(fields, "at"),
    )


def _read_columns(fields: Mapping[str, Any]) -> tuple[PanelColumn, ...]:
    listed = read_field(fields, "columns", list)
    if not 1 <= len(listed) <= MAX_COLUMNS:
        raise MessageError(f"columns are {len(listed):,}; a panel has 1 to {MAX_COLUMNS}")
    return tuple(map(_read_column, listed))


def _read_column(fields: Any) -> PanelColumn:
    column = PanelColumn(
        _read_short(fields, "name"),
        _read_one_of(fields, "type", ("text", "number", "amount")),
        read_text(fields, "unit"),
        read_natural(fields, "exponent"),
    )
    if not _CURRENCY.fullmatch(column.unit) or column.exponent > _MAX_EXPONENT:
        raise MessageError(f"{quote(column.unit)}, {column.exponent} is no unit")
    return column


def _read_rows(
    fields: Mapping[str, Any], columns: tuple[PanelColumn, ...]
) -> tuple[tuple[Cell, ...], ...]:
    listed = read_field(fields, "rows", list)
    if len(listed) > MAX_ROWS:
        raise MessageError(f"rows are {len(listed):,}; a panel has at most {MAX_ROWS}")
    for row in listed:
        if not isinstance(row, list) or len(row) != len(columns):
            raise MessageError(f"rows has {quote(row)}; a row has {len(columns)} values")
        for cell, column in zip(row, columns, strict=True):
            _check_cell(cell, column)
    return tuple(map(tuple, listed))


def _check_cell(cell: Any, column: PanelColumn) -> None:
    if cell is None:
        return
    if column.type == "text":
        if not isinstance(cell, str) or len(cell) > MAX_TEXT_CHARACTERS:
            raise MessageError(f"rows has {quote(cell)}; it should be a short text")
    elif column.type == "number" and isinstance(cell, float):
        if not math.isfinite(cell):
            raise MessageError(f"rows has {quote(cell)}; it should be a number")
    else:
        check_integer("rows", cell)


def _read_short(fields: Any, name: str) -> str:
    text = read_field(fields, name, str)
    if len(text) > MAX_TEXT_CHARACTERS:
        raise MessageError(f"{name} has {len(text):,} characters")
    return text


def _read_one_of(fields: Any, name: str, known: tuple[str, ...]) -> str:
    value = read_field(fields, name, str)
    if value not in known:
        raise MessageError(f"{name} is {quote(value)}; it should be one of {', '.join(known)}")
    return value


def _read_time(fields: Mapping[str, Any], name: str) -> str:
    text = read_text(fields, name)
    try:
        is_time = datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        is_time = False
    if not is_time:
        raise MessageError(f"{name} is {quote(text)}; it should be a time")
    return text
