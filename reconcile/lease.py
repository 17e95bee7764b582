"""Keeps a run's lease while its process lives, whatever the run is waiting for."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from redis import Redis

from aggregates.connection import REDIS_ERRORS
from aggregates.keys import BoardKeys
from reconcile.scripts import prolong_run

# Renew after this fraction of the lease.
_PART = 0.25


@contextmanager
def hold_lease(
    redis: Redis, keys: BoardKeys, owner: str, lease_seconds: float
) -> Iterator[threading.Event]:
    """Renew a run's lease until the end of the block; then give up the run if it has not finished.

    The event is set when the run belongs to another process or no longer exists.
    """
    lost, ended = threading.Event(), threading.Event()

    def prolong() -> None:
        while not ended.wait(lease_seconds * _PART):
            with suppress(*REDIS_ERRORS):
                if not prolong_run(redis, keys, owner, round(lease_seconds * 1000)):
                    lost.set()

    thread = threading.Thread(target=prolong, name="the lease", daemon=True)
    thread.start()
    try:
        yield lost
    finally:
        ended.set()
        thread.join()
        with suppress(*REDIS_ERRORS):
            prolong_run(redis, keys, owner, 0)
