"""Detects a loss of data during a run: epoch and server must not change, the version only rise."""

import threading
from typing import Any, NamedTuple

from redis import Redis

from aggregates.keys import BoardKeys
from aggregates.server_id import read_server_id
from reconcile.errors import DataLostError


class Position(NamedTuple):
    """A board's epoch (None without keys) and version, and the id of the server that holds them."""

    epoch: str | None
    version: int
    server: str


class LossCheck:
    """Reads the board's version, starting from a position, and notices when Redis lost data.

    Threads may share one instance.
    """

    def __init__(self, redis: Redis, keys: BoardKeys, start: Position) -> None:
        self._redis, self._keys, self._last = redis, keys, start
        self._lock = threading.Lock()

    def read_version(self) -> int:
        """Return the board's version; raise `DataLostError`."""
        with self._lock:
            found, last = read_position(self._redis, self._keys), self._last
            is_same = (found.epoch, found.server) == (last.epoch, last.server)
            if not is_same or found.version < last.version:
                raise DataLostError
            self._last = found
            return found.version


def read_position(redis: Redis, keys: BoardKeys) -> Position:
    """Return a board's current position."""
    found: Any = redis.hmget(keys.meta, ["epoch", "version"])
    epoch, version = found
    server = read_server_id(redis, keys.meta)
    return Position(epoch.decode() if epoch else None, int(version or 0), server)
