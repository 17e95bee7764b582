"""A sheet: the rows of a file in any format, which can be read repeatedly."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from donations.source import FileError

# Characters that move a terminal's cursor or are invalid in JSON; line ends and tabs stay.
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
# Only rows that are not empty count.
MAX_ROWS = 1_000_000
MAX_CELLS = 2_000


class Line(NamedTuple):
    """A row: its number in the file, counted from 1, and its cells, stripped."""

    number: int
    cells: list[str]


@dataclass(frozen=True)
class Sheet:
    """The rows of one file.

    `description` tells a person how the file is read, `word` is the name of a row, such as "line".
    `read` starts from the beginning at each call.
    """

    path: Path
    description: tuple[str, ...]
    word: str
    read: Callable[[], Iterator[Line]]

    def rows(self) -> Iterator[Line]:
        """Yield the rows that are not empty. Raises `FileError` and `Stopped`."""
        count = 0
        for line in self.read():
            if any(line.cells):
                count += 1
                if count > MAX_ROWS:
                    raise FileError(f"{self.path}: has more than {MAX_ROWS:,} rows; split it")
                yield line


def clean_cell(text: str) -> str:
    """Return a stripped cell without control characters and without Excel's `="…"` around texts."""
    text = text.strip()
    if not text.isprintable():
        text = _CONTROLS.sub("", text)
    if text.startswith('="') and text.endswith('"') and len(text) > 2:
        return text[2:-1].replace('""', '"').strip()
    return text
