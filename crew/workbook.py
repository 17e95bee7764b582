"""Writes all gifts as an Excel workbook. Numbers and times are cells of their type, not text."""

import io
from collections.abc import Iterable, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from aggregates.attribute import find, read_type, split_path
from crew.columns import list_columns, tell_counted
from crew.finding import describe_entry
from crew.gifts import Gifts, Row
from crew.journal import Entry

_MAX_CELL_CHARACTERS = 32_000
# openpyxl would write a text that begins like this as a formula or an error. To give every text a
# cell with a type is far slower.
_MEANT_OTHERWISE = ("=", "#")
_TIME_FORMAT = "yyyy-mm-dd hh:mm:ss"
# Excel keeps 15 digits of a number; a longer one, such as an id, is written as text.
_MAX_DIGITS = 15


def write_workbook(gifts: Gifts, rows: Sequence[Row], entries: Iterable[Entry]) -> bytes:
    """Return a workbook with a sheet of all gifts and a sheet of everything the crew did.

    Times are in the board's zone. No text is a formula.
    """
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Gifts")
    columns = list_columns(gifts, rows)
    sheet.append([_text(sheet, name) for name in (*columns, "counted", "why not")])
    for row in rows:
        cells = [_cell(sheet, gifts, row, name) for name in columns]
        sheet.append([*cells, *(_text(sheet, text) for text in tell_counted(gifts, row))])
    log = book.create_sheet("What the crew did")
    log.append([_text(log, name) for name in ("when", "who", "what", "gift", "details")])
    for entry in entries:
        told = describe_entry(gifts, entry)
        texts = (told["at"], told["who"], told["what"], told["key"], "; ".join(told["changes"]))
        log.append([_text(log, text) for text in texts])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _cell(sheet: Any, gifts: Gifts, row: Row, name: str) -> Any:
    if name == gifts.board.time and (moment := gifts.find_moment(row.item)):
        local = moment.astimezone(gifts.zone).replace(microsecond=0, tzinfo=None)
        cell = WriteOnlyCell(sheet, local)
        cell.number_format = _TIME_FORMAT
        return cell
    kind, value = read_type(find(row.item, name, split_path(name)))
    is_amount = any(name == measure.attribute for measure in gifts.board.measures)
    if kind == "N" or (kind == "S" and is_amount):
        try:
            number = Decimal(value)
        except InvalidOperation:
            return _text(sheet, str(value))
        if number.is_finite() and len(number.as_tuple().digits) <= _MAX_DIGITS:
            return number
    return _text(sheet, gifts.text(row.item, name))


def _text(sheet: Any, text: str) -> Any:
    shown = text.encode("utf-8", "replace").decode() if not text.isascii() else text
    shown = ILLEGAL_CHARACTERS_RE.sub("\ufffd", shown[:_MAX_CELL_CHARACTERS])
    if not shown.startswith(_MEANT_OTHERWISE):
        return shown
    cell = WriteOnlyCell(sheet, shown)
    cell.data_type = "s"
    return cell
