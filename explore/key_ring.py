"""Finds the key of a request. The file of keys is read again when it changes."""

import logging
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from starlette.requests import Request

from explore.keys import Key, KeysError, find_key, load_keys
from explore.problems import Problem

logger = logging.getLogger("tallyboard")

_HELP = "send the header Authorization: Bearer tb_…; `tallyboard keys make` makes a key"


class KeyRing:
    """The keys, and how many queries of each run now."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read: tuple[int, ...] | None = None
        self._keys: Mapping[str, Key] = {}
        self._running: Counter[str] = Counter()

    def require(self, request: Request) -> Key:
        """Return the key of a request; raise `Problem` (401)."""
        given = request.headers.getlist("authorization")
        if not given:
            raise Problem(401, f"This needs a key: {_HELP}.")
        scheme, _, text = given[0].partition(" ")
        if len(given) > 1 or scheme.lower() != "bearer":
            raise Problem(401, f"The key cannot be read: {_HELP}.")
        key = find_key(self._load(), text.strip())
        if key is None:
            raise Problem(401, "This key is not valid, or was revoked. Ask whoever made it.")
        return key

    @contextmanager
    def running(self, key: Key) -> Iterator[None]:
        """Count a query while it runs; raise `Problem` (429) if the key has its most."""
        if self._running[key.id] >= key.at_once:
            text = f"This key runs as many queries at once as it may ({key.at_once}); wait for one."
            raise Problem(429, text, retry_after_seconds=1)
        self._running[key.id] += 1
        try:
            yield
        finally:
            self._running[key.id] -= 1
            if not self._running[key.id]:
                del self._running[key.id]

    def _load(self) -> Mapping[str, Key]:
        try:
            found = os.stat(self._path)  # noqa: PTH116 - a Path's is the same, and slower
            stamp: tuple[int, ...] = (found.st_mtime_ns, found.st_size, found.st_ino)
        except OSError:
            stamp = ()
        if stamp != self._read:
            try:
                self._keys, self._read = load_keys(self._path), stamp
            except KeysError as error:
                # A file that is broken opens no door: nobody gets in until it is fixed.
                logger.error("%s", error)
                self._keys, self._read = {}, stamp
        return self._keys
