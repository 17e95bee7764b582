"""Makes a panel of the display from the answer of a stored query."""

import json
import math
import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from aggregates.board import Board
from aggregates.message import format_time
from aggregates.panel import (
    MAX_COLUMNS,
    MAX_PANEL_BYTES,
    MAX_ROWS,
    MAX_TEXT_CHARACTERS,
    Cell,
    Panel,
    PanelColumn,
    encode_panel,
)
from aggregates.units import Unit
from explore.answers import Answer, Column
from explore.results import Result
from explore.stored import StoredQuery

# JavaScript's numbers are exact up to this.
_MOST = 2**53
_DECIMAL = re.compile(r"DECIMAL\(\d+,(\d+)\)")
_INTEGERS = re.compile(r"U?(?:TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)")
_FLOATS = ("DOUBLE", "FLOAT")


class PanelError(Exception):
    """An answer cannot be a panel; the text says what to change in the query."""


def make_panel(query: StoredQuery, board: Board, result: Result) -> Panel:
    """Return what screens show of an answer: its first rows, texts cut. Raises `PanelError`."""
    answer = result.answer
    _check_form(query, answer)
    columns = tuple(_make_column(column, board) for column in answer.columns)
    panel = Panel(
        name=query.name,
        title=_cut(query.title),
        kind=query.panel,
        columns=columns,
        rows=tuple(_make_row(row, columns) for row in answer.rows[:MAX_ROWS]),
        state=answer.state,
        since=format_time(result.created),
        version=answer.version,
        at=format_time(result.created),
    )
    while len(encode_panel(panel).encode()) > MAX_PANEL_BYTES and panel.rows:
        panel = replace(panel, rows=panel.rows[:-1])
    return panel


def is_same(panel: Panel, other: Panel | None) -> bool:
    """Return whether two panels of a query show the same, whenever it was asked."""
    return other is not None and panel == replace(
        other, since=panel.since, version=panel.version, at=panel.at
    )


def _check_form(query: StoredQuery, answer: Answer) -> None:
    columns, rows = len(answer.columns), len(answer.rows)
    if query.panel == "number" and (columns, rows) != (1, 1):
        raise PanelError(
            f"a panel of the kind number needs one row and one column, and there are {rows} and"
            f" {columns}"
        )
    if columns > MAX_COLUMNS:
        raise PanelError(f"there are {columns} columns; a panel has at most {MAX_COLUMNS}")


def _make_column(column: Column, board: Board) -> PanelColumn:
    name = _cut(column.name)
    if found := _DECIMAL.fullmatch(column.type):
        unit = _find_unit(column.name, int(found[1]), board)
        if unit is not None:
            return PanelColumn(name, "amount", unit.name, unit.exponent)
        return PanelColumn(name, "number")
    is_number = column.type in _FLOATS or _INTEGERS.fullmatch(column.type)
    return PanelColumn(name, "number" if is_number else "text")


def _find_unit(name: str, decimals: int, board: Board) -> Unit | None:
    """Return the unit of a sum of one of the board's measures; None if it is not sure which."""
    measures = [one for one in board.measures if one.unit.exponent == decimals]
    named = [one for one in measures if name.lower() in (one.name, one.attribute.lower())]
    units = {one.unit for one in named or measures}
    return units.pop() if len(units) == 1 else None


def _make_row(row: Sequence[object], columns: Sequence[PanelColumn]) -> tuple[Cell, ...]:
    return tuple(_make_cell(value, column) for value, column in zip(row, columns, strict=True))


def _make_cell(value: object, column: PanelColumn) -> Cell:
    if value is None:
        return None
    if column.type == "text":
        return _cut(_to_text(value))
    if column.type == "amount":
        minor = int(Decimal(str(value)).scaleb(column.exponent))
        return minor if abs(minor) <= _MOST else None
    if isinstance(value, str):
        # A wide integer, a decimal number, or one of DOUBLE's that is not finite.
        number = float(value)
        value = int(number) if number.is_integer() and abs(number) <= _MOST else number
    assert isinstance(value, int | float)
    return value if math.isfinite(value) and abs(value) <= _MOST else None


def _to_text(value: object) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def _cut(text: str) -> str:
    return text if len(text) <= MAX_TEXT_CHARACTERS else text[: MAX_TEXT_CHARACTERS - 1] + "…"
