"""A CSV file of donations → items of a board's table. Every mistake names file, line and column."""

import csv
import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import IO, NamedTuple

from aggregates.board import Board
from aggregates.contribution import Rejected, contribution_reader
from local.donation import Item
from local.errors import LocalError

_GZIP_MAGIC = b"\x1f\x8b"
_DELIMITERS = ",;\t"


class FileError(LocalError):
    """A file that cannot be replayed: what is wrong, where, and what to do."""


class Row(NamedTuple):
    """One donation of a file: its line, and the item it is."""

    line: int
    item: Item


def columns_of(board: Board) -> tuple[str, ...]:
    """Return the columns a file for this board needs: the attributes by which it counts."""
    time = () if board.time is None else (board.time,)
    amounts = (measure.attribute for measure in board.measures)
    return tuple(dict.fromkeys((*board.key, *time, board.group_by, *amounts)))


def read_rows(path: Path, board: Board) -> Iterator[Row]:
    """Yield the rows of a CSV file, plain or gzipped, in its order. Raises `FileError`.

    Columns are found by the header, whatever their order and case; others are passed over. Items
    that the board would reject are mistakes here.
    """
    numbers = {measure.attribute for measure in board.measures}
    read_contribution = contribution_reader(board)
    with _open_text(path) as text:
        first, before = _read_first_line(path, text)
        delimiter = max(_DELIMITERS, key=first.count)
        places = _find_columns(path, board, next(csv.reader([first], delimiter=delimiter)))
        reader = csv.reader(text, delimiter=delimiter)
        for line, cells in _read_cells(path, reader, before + 1):
            if not any(cells):
                continue
            item: Item = {}
            for name, place in places.items():
                cell = cells[place].strip() if place < len(cells) else ""
                if not cell:
                    raise FileError(f"{path}: line {line}: {name} is empty; fill it in")
                item[name] = (
                    {"N": _read_number(path, line, name, cell)} if name in numbers else {"S": cell}
                )
            try:
                read_contribution(item)
            except Rejected as error:
                raise FileError(f"{path}: line {line}: {error}; mend the line") from None
            yield Row(line, item)


def check_file(path: Path, board: Board) -> int:
    """Return how many donations a file has; raise `FileError` for its first mistake.

    An id that comes twice is one: which of its lines were to count?
    """
    lines: dict[tuple[str, ...], int] = {}
    for line, item in read_rows(path, board):
        key = tuple(item[name]["S"] for name in board.key)
        other = lines.setdefault(key, line)
        if other != line:
            raise FileError(
                f"{path}: line {line}: {board.key[0]} is {key[0]!r}, as in line {other}; give each"
                " donation an id of its own"
            )
    if not lines:
        raise FileError(f"{path}: has no donations below its header")
    return len(lines)


@contextmanager
def _open_text(path: Path) -> Iterator[IO[str]]:
    try:
        with path.open("rb") as file:
            packed = file.read(2) == _GZIP_MAGIC
        # The mark that Excel puts first is no part of a column's name.
        with (
            gzip.open(path, "rt", encoding="utf-8-sig", newline="")
            if packed
            else path.open(encoding="utf-8-sig", newline="")
        ) as text:
            yield text
    except UnicodeDecodeError as error:
        raise FileError(f"{path}: is not UTF-8 text; save it as CSV in UTF-8") from error
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise FileError(f"{path}: cannot be read: {reason}") from error


def _read_first_line(path: Path, text: IO[str]) -> tuple[str, int]:
    """Return the line with the columns' names, and how many lines were read."""
    first = text.readline(100_000)
    # Excel's word on which delimiter there is; that is seen anyway.
    if first.startswith("sep="):
        return _read_first_line(path, text)[0], 2
    if not first.strip():
        raise FileError(f"{path}: is empty; its first line has to name the columns")
    return first, 1


def _find_columns(path: Path, board: Board, header: list[str]) -> dict[str, int]:
    found = {name.strip().casefold(): place for place, name in reversed(list(enumerate(header)))}
    needed = columns_of(board)
    missing = [name for name in needed if name.casefold() not in found]
    if missing:
        raise FileError(
            f"{path}: line 1: the header lacks {', '.join(missing)}; it has"
            f" {', '.join(header)}; rename its columns to {', '.join(needed)}"
        )
    return {name: found[name.casefold()] for name in needed}


def _read_cells(
    path: Path, reader: Iterator[list[str]], first: int
) -> Iterator[tuple[int, list[str]]]:
    """Yield rows with the line that each begins in; the first line of them is number `first`."""
    line = first
    try:
        for cells in reader:
            yield line, cells
            line = first + getattr(reader, "line_num", 0)
    except csv.Error as error:
        raise FileError(f"{path}: line {line}: is not CSV: {error}") from error


def _read_number(path: Path, line: int, name: str, cell: str) -> str:
    """Return a number as DynamoDB takes it."""
    try:
        number = Decimal(cell)
    except InvalidOperation:
        number = Decimal("nan")
    if not number.is_finite() or "_" in cell:
        raise FileError(
            f'{path}: line {line}: {name} is "{cell}"; write a number without currency or thousands'
            " separator, such as 1250.00"
        )
    return f"{number:f}"
