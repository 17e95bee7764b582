"""Reads the rows of a CSV file in any dialect that spreadsheets write."""

import csv
import io
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from donations.encoding import NAMES, check_encoding, find_encoding
from donations.errors import Stopped
from donations.sheet import MAX_CELLS, Line, Sheet, clean_cell
from donations.source import FileError, open_source

_MAX_LINE_CHARACTERS = 1_000_000
# Blank lines count too, because reading them takes time.
_MAX_LINES = 3_000_000
_SAMPLE_LINES = 60
_SAMPLE_CHARACTERS = 100_000
_DELIMITERS = ",;\t|"
_DELIMITER_NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}


class _Dialect(NamedTuple):
    encoding: str
    delimiter: str
    has_word: bool  # the first line is Excel's "sep=;"


def open_csv(path: Path, stop: threading.Event, encoding: str | None = None) -> Sheet:
    """Return the sheet of a CSV file, plain or gzipped. Raises `FileError`, also while reading."""
    name = check_encoding(encoding) if encoding else find_encoding(path, stop)
    with open_source(path, stop) as file:
        sample = _read_sample(path, io.TextIOWrapper(file, name, newline=""))
    if not sample:
        raise FileError(f"{path}: is empty; its first line must name the columns")
    word = sample[0].strip().strip('"').casefold()
    has_word = word.startswith("sep=") and len(word) <= 5
    if has_word:
        given, sample = word[4:5], sample[1:]
        # Stripping loses a tab at the end of the line.
        delimiter = given or ("\t" if "\t" in sample[0:1] else _find_delimiter(sample))
    else:
        delimiter = _find_delimiter(sample)
    dialect = _Dialect(name, delimiter, has_word)
    return Sheet(
        path=path,
        description=(
            f"text in {NAMES.get(name, name)}",
            f"cells are separated by {_DELIMITER_NAMES.get(delimiter, repr(delimiter))}",
        ),
        word="line",
        read=lambda: _read_lines(path, dialect, stop),
    )


def _read_lines(path: Path, dialect: _Dialect, stop: threading.Event) -> Iterator[Line]:
    with open_source(path, stop) as file:
        text = io.TextIOWrapper(file, dialect.encoding, newline="")
        lines = _bound_lines(path, text, stop)
        if dialect.has_word:
            next(lines, None)
        first = 2 if dialect.has_word else 1
        reader = csv.reader(lines, delimiter=dialect.delimiter, skipinitialspace=True)
        line = first
        try:
            for cells in reader:
                if len(cells) > MAX_CELLS:
                    raise FileError(f"{path}: line {line}: has {len(cells):,} cells, too many")
                yield Line(line, [clean_cell(cell) for cell in cells])
                line = first + reader.line_num
        except csv.Error as error:
            raise FileError(
                f"{path}: line {line}: is not CSV: {error}; a quotation mark may not be closed"
            ) from error
        except UnicodeDecodeError as error:
            raise FileError(f"{path}: is not {dialect.encoding} text: {error.reason}") from error


def _bound_lines(path: Path, text: io.TextIOWrapper, stop: threading.Event) -> Iterator[str]:
    number = 0
    while line := text.readline(_MAX_LINE_CHARACTERS + 1):
        number += 1
        if stop.is_set():
            raise Stopped
        if len(line) > _MAX_LINE_CHARACTERS:
            raise FileError(f"{path}: line {number}: has more than 1 MB; is this a CSV file?")
        if number > _MAX_LINES:
            raise FileError(f"{path}: has more than {_MAX_LINES:,} lines; split it into files")
        if "\0" in line:
            raise FileError(f"{path}: line {number}: is not text; save the file as CSV or as .xlsx")
        yield line


def _read_sample(path: Path, text: io.TextIOWrapper) -> list[str]:
    """Return the first lines of a text without blank ones, but always with the very first."""
    sample: list[str] = []
    characters = 0
    try:
        for _ in range(_MAX_LINES):
            line = text.readline(_MAX_LINE_CHARACTERS + 1)
            if not line or len(sample) == _SAMPLE_LINES or characters > _SAMPLE_CHARACTERS:
                break
            if len(line) > _MAX_LINE_CHARACTERS:
                raise FileError(f"{path}: has a line of more than 1 MB; is this a CSV file?")
            if line.strip():
                sample.append(line)
                characters += len(line)
    except UnicodeError as error:
        raise FileError(f"{path}: is not {text.encoding} text: {error}") from error
    return sample


def _find_delimiter(sample: list[str]) -> str:
    """Return the delimiter that gives the most rows the same number of cells."""
    return max(_DELIMITERS, key=lambda delimiter: _rate_delimiter(sample, delimiter))


def _rate_delimiter(sample: Iterable[str], delimiter: str) -> tuple[int, int, int]:
    """Return a rank: names in the likeliest header, rows of its length, that length."""
    try:
        rows = list(islice(csv.reader(sample, delimiter=delimiter, skipinitialspace=True), 200))
    except csv.Error:
        return (0, 0, 0)
    widths = Counter(len(row) for row in rows if len(row) > 1)
    if not widths:
        return (0, 0, 0)
    width, count = max(widths.items(), key=lambda entry: (entry[1], entry[0]))
    # Commas inside cells must not outvote the header.
    names = max(
        sum(1 for cell in row if cell.strip() and not cell.strip()[0].isdigit())
        for row in rows[:20]
    )
    return (1 if width <= names + 5 and names > 1 else 0, count, width)
