"""Reads a TOML file that a person wrote. Every error names the file and says what to do."""

import stat
import tomllib
from pathlib import Path
from typing import Any

from aggregates.board_fields import BoardError

# A board, or a sink, is a page of text.
_MAX_FILE_BYTES = 256 * 1024


def read_toml(path: Path, what: str) -> dict[str, Any]:
    """Return a TOML file's contents; `what` is, for errors, such as `a board`.

    Raises `BoardError`.
    """
    text = _read_text(path, what)
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise BoardError(f"{path}: is nested too deeply; {what} needs no list in a list") from None
    # TOMLDecodeError is a ValueError; so is Python's refusal of a number of thousands of digits.
    except ValueError as error:
        raise BoardError(f"{path}: is not TOML: {str(error)[:200]}") from error


def _read_text(path: Path, what: str) -> str:
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
            raise BoardError(f"{path}: is not a regular file; {what} is a text file")
        with path.open("rb") as file:
            data = file.read(_MAX_FILE_BYTES + 1)
    except OSError as error:
        raise BoardError(f"{path}: cannot be read: {error.strerror}") from error
    if len(data) > _MAX_FILE_BYTES:
        raise BoardError(f"{path}: has more than {_MAX_FILE_BYTES:,} bytes, too many for {what}")
    try:
        # Some editors write a byte order mark first.
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BoardError(f"{path}: is not TOML: {error}") from error
