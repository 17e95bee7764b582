"""Opens a file of rows; the content decides about its format, not the name."""

import threading
from pathlib import Path

from donations.csv_sheet import open_csv
from donations.sheet import Sheet
from donations.source import FileError, open_source
from donations.xlsx_sheet import OLD_EXCEL_MAGIC, ZIP_MAGIC, open_xlsx


def open_sheet(
    path: Path, stop: threading.Event, *, encoding: str | None = None, sheet: str | None = None
) -> Sheet:
    """Return the sheet of a CSV file or a workbook. Raises `FileError`, also while reading."""
    with open_source(path, stop) as file:
        magic = file.read(4)
    if magic == ZIP_MAGIC:
        return open_xlsx(path, stop, sheet)
    if magic == OLD_EXCEL_MAGIC:
        raise FileError(f"{path}: is an old or a protected Excel file; save it as .xlsx or as CSV")
    return open_csv(path, stop, encoding)
