"""Reads the bytes of a person's file, plain or gzipped, with a limit and only as far as needed."""

import gzip
import io
import os
import stat
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from donations.errors import DonationError, Stopped

# The most that a file may hold, unpacked. A million donations take about 100 MB.
MAX_BYTES = 200_000_000
_GZIP_MAGIC = b"\x1f\x8b"
_BUFFER_BYTES = 65_536


class FileError(DonationError):
    """A file cannot be read; the text says what is wrong, where, and what to do."""


@contextmanager
def open_source(path: Path, stop: threading.Event) -> Iterator[IO[bytes]]:
    """Yield a file's bytes, unpacked if it is gzipped. Raises `FileError` and `Stopped`.

    Reading ends with `FileError` past `MAX_BYTES`, and with `Stopped` when `stop` is set.
    """
    try:
        with _open_regular(path) as raw:
            packed = raw.read(2) == _GZIP_MAGIC
            raw.seek(0)
            if not packed:
                yield io.BufferedReader(_Bounded(raw, path, stop), _BUFFER_BYTES)
                return
            with gzip.GzipFile(fileobj=raw, mode="rb") as unpacked:
                yield io.BufferedReader(_Bounded(unpacked, path, stop), _BUFFER_BYTES)
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise FileError(f"{path}: cannot be read: {reason}") from error


def _open_regular(path: Path) -> IO[bytes]:
    """Return an open file; refuse a pipe or a device at once, because it may never end."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | os.O_CLOEXEC)
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode):
        return os.fdopen(descriptor, "rb")
    os.close(descriptor)
    what = "a folder" if stat.S_ISDIR(mode) else "a pipe or a device"
    raise FileError(f"{path}: is {what}, not a file; name a file")


class _Bounded(io.RawIOBase):
    """Counts the bytes read, and checks `stop` at each read."""

    def __init__(self, file: IO[bytes] | gzip.GzipFile, path: Path, stop: threading.Event) -> None:
        self._file = file
        self._path = path
        self._stop = stop
        self._left = MAX_BYTES

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        if self._stop.is_set():
            raise Stopped
        part = self._file.read(len(buffer))
        self._left -= len(part)
        if self._left < 0:
            raise FileError(
                f"{self._path}: holds more than {MAX_BYTES // 1_000_000} MB; split it into files"
            )
        buffer[: len(part)] = part
        return len(part)
