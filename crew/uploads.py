"""Keeps files that helpers have uploaded and not yet imported: a few, on the disk, for a while."""

import secrets
import shutil
import tempfile
import threading
import time
import weakref
from collections.abc import Callable
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from crew.plain_text import clean_text

_KEPT_SECONDS = 3600.0
_MAX_FILES = 10
# A file name has at most 255 bytes, and a character up to four.
_MAX_NAME_CHARACTERS = 50


class Upload(NamedTuple):
    """An uploaded file: its owner, its place on the disk, and when it was sent."""

    id: str
    owner: str
    path: Path
    at: float


class Uploads:
    """Keeps files by a random id; only the sender can read one. The oldest are dropped first."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._files: dict[str, Upload] = {}

    @cached_property
    def _folder(self) -> Path:
        """The folder, made for the first file: most processes get none, and some are killed."""
        folder = Path(tempfile.mkdtemp(prefix="tallyboard-crew-"))
        # Remove the folder also when the process ends.
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        return folder

    def add(self, owner: str, name: str, data: bytes) -> Upload:
        """Keep a file under its cleaned name; return it."""
        id_ = secrets.token_hex(12)
        with self._lock:
            folder = self._folder / id_
        folder.mkdir(mode=0o700)
        path = folder / clean_name(name)
        path.write_bytes(data)
        upload = Upload(id_, owner, path, self._clock())
        with self._lock:
            self._files[id_] = upload
            self._prune()
        return upload

    def find(self, owner: str, id_: str) -> Upload | None:
        """Return the sender's file; None if it was dropped or belongs to somebody else."""
        with self._lock:
            self._prune()
            upload = self._files.get(id_)
        return upload if upload is not None and upload.owner == owner else None

    def remove(self, id_: str) -> None:
        """Delete a file."""
        with self._lock:
            if upload := self._files.pop(id_, None):
                shutil.rmtree(upload.path.parent, ignore_errors=True)

    def _prune(self) -> None:
        now = self._clock()
        old = [id_ for id_, upload in self._files.items() if now - upload.at > _KEPT_SECONDS]
        old += islice(self._files, max(0, len(self._files) - _MAX_FILES))
        for id_ in dict.fromkeys(old):
            shutil.rmtree(self._files.pop(id_).path.parent, ignore_errors=True)


def clean_name(name: str) -> str:
    """Return a safe file name, without folders; it also names the list in the table."""
    last = clean_text(name.replace("\\", "/").rpartition("/")[2]).replace("\0", "")
    stem, dot, ending = last.rpartition(".")
    kept = f"{stem[:_MAX_NAME_CHARACTERS]}{dot}{ending[:8]}"
    return kept.lstrip(".") or "list.csv"
