"""Finds items that the ledger holds and the table does not."""

from collections.abc import Iterator
from datetime import UTC, datetime

from redis import Redis

from aggregates.keys import BoardKeys
from reconcile.ledger import REMOVED, read_entries, read_entry
from reconcile.scripts import prune_tombstones

# The stream keeps records for 24 hours: after twice that, no record of a removed item can come.
_TOMBSTONE_SECONDS = 48 * 3600


def sweep(redis: Redis, keys: BoardKeys, started: int) -> Iterator[list[str]]:
    """Yield the keys of ledger items that have not changed since the version `started`.

    It also forgets items that were removed more than 48 hours ago.
    """
    long_ago = int(datetime.now(UTC).timestamp()) - _TOMBSTONE_SECONDS
    for part in read_entries(redis, keys):
        unseen, old = [], []
        for key, packed in part:
            entry = read_entry(packed)
            if entry.kind == REMOVED:
                if entry.since < long_ago:
                    old.append(key.decode())
            elif entry.version <= started:
                unseen.append(key.decode())
        if old:
            prune_tombstones(redis, keys, old, long_ago)
        if unseen:
            yield unseen
