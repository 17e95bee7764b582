"""Malicious workbooks, and files that are not workbooks."""

import io
import threading
import zipfile
from pathlib import Path

import openpyxl
import pytest

from donations import xlsx_sheet
from donations.errors import DonationError, Stopped
from donations.open_sheet import open_sheet
from tests.donations.files import write


def workbook(cells: dict[str, object]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for place, value in cells.items():
        sheet[place] = value
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def repack(content: bytes, part: str, put: bytes) -> bytes:
    file = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            new.writestr(name, put if name == part else old.read(name))
        if part not in old.namelist():
            new.writestr(part, put)
    return file.getvalue()


def message_of(folder: Path, content: bytes) -> str:
    with pytest.raises(DonationError) as caught:
        list(open_sheet(write(folder, content, "list.xlsx"), threading.Event()).rows())
    return str(caught.value)


def test_a_cell_at_the_far_end_of_a_sheet_costs_no_rectangle(tmp_path: Path) -> None:
    content = workbook({"A1": "amount", "A90000": 5})
    rows = list(open_sheet(write(tmp_path, content), threading.Event()).rows())
    assert [(row.number, row.cells) for row in rows] == [(1, ["amount"]), (90000, ["5"])]
    assert "cells, too many" in message_of(tmp_path, workbook({"XFD1": 5}))


def test_a_workbook_that_unpacks_to_too_much_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xlsx_sheet, "MAX_BYTES", 1_000_000)
    bomb = repack(workbook({"A1": 5}), "xl/media/image1.png", b"\0" * 2_000_000)
    assert "too large when unpacked" in message_of(tmp_path, bomb)


def test_texts_of_a_workbook_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_sheet, "_MAX_TEXT_BYTES", 100_000)
    bomb = repack(workbook({"A1": "amount"}), "xl/sharedStrings.xml", b"<sst>" + b" " * 200_000)
    assert "too large when unpacked" in message_of(tmp_path, bomb)


def test_a_workbook_that_defines_entities_is_refused(tmp_path: Path) -> None:
    laughs = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha">]><x>&a;</x>'
    bomb = repack(workbook({"A1": 5}), "xl/worksheets/sheet1.xml", laughs)
    assert "has a DOCTYPE" in message_of(tmp_path, bomb)


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/workbook.xml"])
def test_a_damaged_workbook_says_so(tmp_path: Path, part: str) -> None:
    assert "cannot be read as .xlsx" in message_of(
        tmp_path, repack(workbook({"A1": 5}), part, b"<")
    )


def test_another_zip_is_no_workbook(tmp_path: Path) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("list.csv", "amount\n5\n")
    assert "is not an Excel workbook" in message_of(tmp_path, file.getvalue())


def test_a_stop_ends_the_reading_of_a_workbook(tmp_path: Path) -> None:
    stop = threading.Event()
    path = write(tmp_path, workbook({f"A{n}": n for n in range(1, 20)}), "list.xlsx")
    rows = open_sheet(path, stop).rows()
    next(rows)
    stop.set()
    with pytest.raises(Stopped):
        next(rows)
