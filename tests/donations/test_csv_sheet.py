"""CSV files in every dialect, and malicious files."""

import gzip
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from donations import csv_sheet, sheet, source
from donations.errors import DonationError, Stopped
from donations.file_plan import read_file
from donations.open_sheet import open_sheet
from tests.donations.files import BOARD, GOOD, HEADER, counted, read, write

ONE = [("d-1", "2017-01-08T10:00", "Phone", 500)]


def message_of(folder: Path, content: str | bytes) -> str:
    with pytest.raises(DonationError) as caught:
        read(folder, content)
    return str(caught.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_dialect_is_read(tmp_path: Path, encoding: str, delimiter: str, end: str) -> None:
    text = (HEADER + GOOD).replace(",", delimiter).replace("\n", end)
    assert counted(read(tmp_path, text.encode(encoding))) == ONE


def test_a_file_of_windows_keeps_its_letters(tmp_path: Path) -> None:
    plan = read(tmp_path, (HEADER + GOOD.replace("Phone", "Café – €")).encode("cp1252"))
    assert [row[2] for row in counted(plan)] == ["Café – €"]
    assert "Windows-1252" in plan.description[0]


def test_a_letter_of_windows_far_below_is_seen(tmp_path: Path) -> None:
    lines = "".join(GOOD.replace("d-1", f"d-{n}") for n in range(30_000))
    plan = read(tmp_path, HEADER.encode() + lines.encode() + b"z,2017-01-08,Caf\xe9,5\n")
    assert plan.rows[-1].item["platform"] == {"S": "Café"}


def test_the_line_by_which_excel_names_the_delimiter_is_skipped(tmp_path: Path) -> None:
    text = "sep=;\r\n" + (HEADER + GOOD).replace(",", ";")
    plan = read(tmp_path, text + "d-2;2017-01-08T10:00:00Z;Phone;ten\n")
    assert [row.line for row in plan.rows] == [3]
    assert plan.describe_mistake(plan.mistakes[0]).startswith('line 4: amount is "ten"')


def test_gzip_is_known_by_the_content_not_by_the_name(tmp_path: Path) -> None:
    assert counted(read(tmp_path, gzip.compress((HEADER + GOOD).encode()))) == ONE


def test_a_quoted_cell_may_hold_the_delimiter_and_line_ends(tmp_path: Path) -> None:
    bad = "d-2,2017-01-08T10:00:00Z,Phone,ten\n"
    plan = read(tmp_path, HEADER + 'd-1,2017-01-08T10:00:00Z,"Phone, desk\n2",5\n' + bad)
    assert plan.rows[0].item["platform"] == {"S": "Phone, desk\n2"}
    assert plan.mistakes[0].line == 4


def test_commas_in_a_quoted_header_do_not_outvote_the_delimiter(tmp_path: Path) -> None:
    text = '"Name, first, or nick"\t' + HEADER.replace(",", "\t") + "A\t" + GOOD.replace(",", "\t")
    assert counted(read(tmp_path, text)) == ONE


def test_decimal_commas_do_not_outvote_the_delimiter(tmp_path: Path) -> None:
    text = HEADER.replace(",", ";") + GOOD.replace(",", ";").replace("5.00", "5,00") * 1
    assert counted(read(tmp_path, text)) == ONE


def test_a_formula_that_keeps_text_a_text_is_that_text(tmp_path: Path) -> None:
    assert counted(read(tmp_path, HEADER + GOOD.replace("Phone", '"=""Phone"""'))) == ONE


def test_a_path_that_is_not_a_file_says_so(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, said in [
        (tmp_path / "none.csv", "cannot be read: No such file"),
        (tmp_path, "is a folder"),
        (tmp_path / "pipe", "is a pipe or a device"),
        (Path("/dev/zero"), "is a pipe or a device"),
    ]:
        with pytest.raises(DonationError, match=said):
            read_file(path, BOARD, threading.Event())


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"\n\n \n", "is empty"),
        (HEADER.encode(), "no rows below its header"),
        (HEADER.encode() + b"\0" * 5000, "is not text"),
        (HEADER.encode() + b"d-1,\x81\x8d,Phone,5\n", "neither UTF-8 nor Windows-1252"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 100, "old or a protected Excel file"),
        (b"PK\x03\x04" + b"\0" * 100, "cannot be read as .xlsx"),
        (
            (HEADER + 'd-2,2017-01-08T10:00:00Z,"Phone,5\n' + GOOD * 6000).encode(),
            "line 2: is not CSV",
        ),
    ],
)
def test_what_cannot_be_read_says_so(tmp_path: Path, content: bytes, said: str) -> None:
    assert said in message_of(tmp_path, content)


def test_half_a_gzip_and_a_damaged_one_say_so(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress((HEADER + GOOD * 1000).encode()))
    assert "cannot be read" in message_of(tmp_path, bytes(packed[: len(packed) // 2]))
    packed[12:40] = b"\xff" * 28
    assert "cannot be read" in message_of(tmp_path, bytes(packed))


def zip_of(parts: Iterator[bytes], path: Path) -> Path:
    with gzip.open(path, "wb", compresslevel=1) as file:
        for part in parts:
            file.write(part)
    return path


def test_a_gzip_of_a_gigabyte_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = zip_of((b"\n" * 1_000_000 for _ in range(250)), tmp_path / "blank.csv.gz")
    began = time.process_time()
    with pytest.raises(DonationError, match="holds more than 200 MB"):
        read_file(path, BOARD, threading.Event())
    assert time.process_time() - began < 10


def test_a_cell_of_many_megabytes_is_refused_at_the_first(tmp_path: Path) -> None:
    parts = (b"a" * 1_000_000 for _ in range(50))
    path = zip_of(parts, tmp_path / "cell.csv.gz")
    with pytest.raises(DonationError, match="a line of more than 1 MB"):
        read_file(path, BOARD, threading.Event())


def test_a_row_of_thousands_of_cells_is_refused(tmp_path: Path) -> None:
    assert "has 3,001 cells, too many" in message_of(tmp_path, HEADER + "," * 3000 + "\n")


def test_thousands_of_lines_that_name_a_delimiter_are_no_header(tmp_path: Path) -> None:
    plan = read(tmp_path, "sep=;\n" * 5000)
    assert not plan.is_clear
    assert not plan.rows


def test_a_file_of_too_many_rows_or_lines_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheet, "MAX_ROWS", 3)
    assert "has more than 3 rows" in message_of(tmp_path, HEADER + GOOD * 3)
    monkeypatch.setattr(csv_sheet, "_MAX_LINES", 4)
    assert "has more than 4 lines" in message_of(tmp_path, HEADER + GOOD + "\n" * 3)


def test_a_stop_ends_the_reading_of_a_file(tmp_path: Path) -> None:
    stop = threading.Event()
    rows = open_sheet(write(tmp_path, HEADER + GOOD * 10), stop).rows()
    next(rows)
    stop.set()
    with pytest.raises(Stopped):
        next(rows)


def test_a_stop_ends_the_unpacking_of_a_bomb(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "MAX_BYTES", 10**12)
    stop = threading.Event()
    stop.set()
    with pytest.raises(Stopped):
        read_file(zip_of(iter([b"\n" * 1000]), tmp_path / "b.gz"), BOARD, stop)
