"""Reads the rows of an Excel workbook with openpyxl in read-only mode.

python-calamine, written in Rust, is faster. But openpyxl reads row by row instead of holding the
whole rectangle of cells (17 billion for a single cell at XFD1048576), unpacks with Python's
`zipfile`, which can be bounded, and returns a number's format, which names the currency.
"""

import re
import threading
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from donations.currency_names import find_currencies
from donations.errors import DonationError, Stopped
from donations.sheet import MAX_CELLS, Line, Sheet, clean_cell
from donations.source import MAX_BYTES, FileError

ZIP_MAGIC = b"PK\x03\x04"
OLD_EXCEL_MAGIC = b"\xd0\xcf\x11\xe0"
# openpyxl holds the texts of all cells in memory, at about five times their size.
_MAX_TEXT_BYTES = 60_000_000
_ROWS_AND_MEDIA = ("xl/worksheets/", "xl/media/")
_MAX_PARTS = 5_000
# Empty rows count too, because reading them takes time.
_MAX_ROWS_WITH_EMPTY = 1_100_000
# [$-409] is a language; [$€-407], "CHF" and $ are currencies.
_LANGUAGE = re.compile(r"\[\$-[^\]]*\]")
_CURRENCY = re.compile(r"\[\$([^\]-]+)[^\]]*\]|\"([^\"]+)\"|([$€£¥₹])")


def open_xlsx(path: Path, stop: threading.Event, sheet: str | None = None) -> Sheet:
    """Return a workbook's sheet, the first unless one is named. Raises `FileError`."""
    _check_parts(path)
    with _open_workbook(path) as workbook:
        names = [worksheet.title for worksheet in workbook.worksheets]
        active = workbook.active.title if workbook.active in workbook.worksheets else names[:1]
    if not names:
        raise FileError(f"{path}: has no sheet with cells")
    chosen = sheet or (active if isinstance(active, str) else names[0])
    if chosen not in names:
        raise FileError(f'{path}: has no sheet "{chosen}"; its sheets are {", ".join(names)}')
    others = [name for name in names if name != chosen]
    hint = f" (others: {', '.join(others)}; choose with --sheet)" if others else ""
    return Sheet(
        path=path,
        description=(f'the sheet "{chosen}" of an Excel workbook{hint}',),
        word="row",
        read=lambda: _read_lines(path, chosen, stop),
    )


def _read_lines(path: Path, sheet: str, stop: threading.Event) -> Iterator[Line]:
    with _open_workbook(path) as workbook:
        worksheet = workbook[sheet]
        # Some programs write a wrong size, and openpyxl would skip everything outside it.
        worksheet.reset_dimensions()
        try:
            for number, row in enumerate(worksheet.iter_rows(), 1):
                if stop.is_set():
                    raise Stopped
                if number > _MAX_ROWS_WITH_EMPTY:
                    raise FileError(
                        f"{path}: has more than {_MAX_ROWS_WITH_EMPTY:,} rows; split it"
                    )
                cells = list(row)
                while cells and cells[-1].value is None:
                    cells.pop()
                if len(cells) > MAX_CELLS:
                    raise FileError(f"{path}: row {number}: has {len(cells):,} cells, too many")
                yield Line(number, [clean_cell(_to_text(cell)) for cell in cells])
        except (DonationError, Stopped):
            raise
        except Exception as error:  # openpyxl raises any kind of error for a damaged part
            raise _damaged(path, error) from error


def _to_text(cell: Any) -> str:
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return _number_text(value, str(cell.number_format))
    if isinstance(value, datetime | date):
        return value.isoformat(" ") if isinstance(value, datetime) else value.isoformat()
    if isinstance(value, time):
        return value.isoformat()
    return str(value)


def _number_text(value: int | float, number_format: str) -> str:
    """Return a number with Excel's 15 digits and the currency of its format."""
    text = f"{value:.15g}" if isinstance(value, float) else str(value)
    whole, mark, decimals = text.partition(".")
    # Three decimals such as 25.125 could be read as thousands; 25.1250 cannot.
    if mark and len(decimals) == 3:
        text = f"{whole}.{decimals}0"
    match = _CURRENCY.search(_LANGUAGE.sub("", number_format.partition(";")[0]))
    name = next(filter(None, match.groups()), "").strip() if match else ""
    return f"{text} {name}" if find_currencies(name) else text


@contextmanager
def _open_workbook(path: Path) -> Iterator[Any]:
    try:
        import openpyxl
    except ImportError:
        raise FileError(
            f"{path}: reading Excel needs openpyxl: pip install 'tallyboard[import]'; or save the"
            " sheet as CSV"
        ) from None
    # Pass the open file: with a path, openpyxl checks the suffix and leaves a damaged file open.
    with path.open("rb") as file:
        try:
            with warnings.catch_warnings():
                # openpyxl warns about styles and extensions that it skips; nobody can act on that.
                warnings.simplefilter("ignore")
                workbook = openpyxl.load_workbook(file, read_only=True, data_only=True)
        except Exception as error:  # openpyxl raises any kind of error for a damaged file
            raise _damaged(path, error) from error
        with closing(workbook):
            yield workbook


def _check_parts(path: Path) -> None:
    """Raise `FileError` for a file that is not a workbook or is too large when unpacked.

    `zipfile` reads no more of a part than its entry says, so these sizes can be trusted.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            names = {part.filename for part in parts}
            if "xl/workbook.xml" not in names:
                raise FileError(f"{path}: is not an Excel workbook; save it as .xlsx or as CSV")
            texts = sum(p.file_size for p in parts if not p.filename.startswith(_ROWS_AND_MEDIA))
            if (
                len(parts) > _MAX_PARTS
                or texts > _MAX_TEXT_BYTES
                or sum(p.file_size for p in parts) > MAX_BYTES
            ):
                raise FileError(f"{path}: is too large when unpacked; save the sheet as CSV")
            for part in parts:
                if part.filename.endswith(".xml"):
                    with archive.open(part) as file:
                        if b"<!DOCTYPE" in file.read(1_000):
                            raise FileError(
                                f"{path}: has a DOCTYPE, which Excel never writes; save it again"
                            )
    except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> FileError:
    return FileError(f"{path}: cannot be read as .xlsx ({error}); save the sheet as CSV")
