"""Detects the encoding of a file's text."""

import codecs
import threading
from pathlib import Path

from donations.source import FileError, open_source

_PART_BYTES = 1_000_000
_HEAD_BYTES = 4_096
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
NAMES = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "utf-32": "UTF-32",
    "cp1252": "Windows-1252",
}


def find_encoding(path: Path, stop: threading.Event) -> str:
    """Return the codec that reads the whole file: a Unicode one, or else Windows-1252.

    Raises `FileError` if the file is not text.
    """
    with open_source(path, stop) as file:
        head = file.read(_HEAD_BYTES)
        for mark, name in _MARKS:
            if head.startswith(mark):
                return name
        if b"\0" in head:
            return _find_wide(path, head)
        decoder = codecs.getincrementaldecoder("utf-8")()
        is_windows = True
        try:
            part = head
            while part:
                decoder.decode(part)
                part = file.read(_PART_BYTES)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            pass
        else:
            return "utf-8"
        while part:
            # The five bytes that are undefined in Windows-1252.
            is_windows = is_windows and not any(
                part.count(byte) for byte in b"\x81\x8d\x8f\x90\x9d"
            )
            part = file.read(_PART_BYTES)
    if not is_windows:
        raise FileError(
            f"{path}: its text is neither UTF-8 nor Windows-1252; save it as CSV in UTF-8, or name"
            " its encoding: --encoding=mac_roman"
        )
    return "cp1252"


def check_encoding(name: str) -> str:
    """Return the codec of an encoding that a person chose; raise `FileError` if it is unknown."""
    try:
        codec = codecs.lookup(name)
        if not codec._is_text_encoding:
            raise LookupError
    except (LookupError, ValueError):
        raise FileError(
            f'there is no encoding "{name}"; write one such as utf-8 or cp1252'
        ) from None
    return codec.name


def _find_wide(path: Path, head: bytes) -> str:
    """Return the byte order of UTF-16 without a BOM: the zeros of ASCII are on one side."""
    even, odd = head[::2].count(0), head[1::2].count(0)
    if odd > len(head) // 8 > even:
        return "utf-16-le"
    if even > len(head) // 8 > odd:
        return "utf-16-be"
    raise FileError(f"{path}: is not text; save it as CSV or as .xlsx")
