"""The board's version while a run lasts: it may only rise, of one epoch, on one server."""

import threading
from typing import Any

from redis import Redis

from aggregates.keys import BoardKeys
from aggregates.server_id import read_server_id
from reconcile.errors import DataLostError


class VersionWatch:
    """Reads the version, and notices when Redis lost data. Threads may share one."""

    def __init__(
        self, redis: Redis, keys: BoardKeys, epoch: str, server: str, started_version: int
    ) -> None:
        self._redis, self._keys = redis, keys
        self._epoch, self._server = epoch, server
        self._highest = started_version
        self._lock = threading.Lock()

    def read(self) -> int:
        """Return the board's version; raise `DataLostError`."""
        with self._lock:
            epoch, version, server = read_standing(self._redis, self._keys)
            if (epoch, server) != (self._epoch, self._server) or version < self._highest:
                raise DataLostError
            self._highest = version
            return version


def read_standing(redis: Redis, keys: BoardKeys) -> tuple[str | None, int, str]:
    """Return a board's epoch (None without keys) and version, and the server's id."""
    found: Any = redis.hmget(keys.meta, ["epoch", "version"])
    epoch, version = found
    server = read_server_id(redis, keys.meta)
    return epoch.decode() if epoch else None, int(version or 0), server
