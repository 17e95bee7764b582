"""The kind `page`: a board's display as files, for a CDN."""

import re
from dataclasses import dataclass
from pathlib import Path

from aggregates.board import Board
from aggregates.board_fields import Fields, quote_value
from sinks.definition import Boards, read_board

KIND = "page"
# The file with the board's snapshot and status, beside the page.
BOARD_FILE = "board.json"
_PREFIX = re.compile(r"([\w.-]+/)+", re.ASCII)


@dataclass(frozen=True)
class Page:
    """The display of `board`: in `folder`, or in the bucket `bucket` under `prefix`."""

    name: str
    board: Board
    folder: Path | None
    bucket: str
    prefix: str = ""
    kind: str = KIND

    def describe(self) -> str:
        """Return what is published, and where."""
        place = self.folder or f"s3://{self.bucket}/{self.prefix}"
        return f"publishes the display of {self.board.name} as files in {place}"


def read(name: str, fields: Fields, boards: Boards) -> Page:
    """Return the page of a file. A relative folder is beside the file."""
    board = read_board(fields, boards)
    folder = fields.optional_text("folder", "site")
    bucket = fields.optional_text("bucket", "gala-page")
    if (folder is None) == (bucket is None):
        problem = "is missing, and so is bucket" if folder is None else "stands beside bucket"
        raise fields.error("folder", f"{problem}; write one of them")
    prefix = fields.optional_text("prefix", "gala/") or ""
    if prefix and (bucket is None or not _PREFIX.fullmatch(prefix)):
        raise fields.error("prefix", f'is {quote_value(prefix)}; with a bucket, write "gala/"')
    place = None if folder is None else fields.folder.parent / folder
    return Page(name, board, place, bucket or "", prefix)
