"""Reads the ledger's packed entries, which `apply.lua` writes."""

import struct
from collections.abc import Iterator
from typing import Any, NamedTuple

from redis import Redis

from aggregates.keys import BoardKeys

REMOVED, COUNTED, REJECTED = 0, 1, 2
_LONG = 8
_SCAN_COUNT = 1000


class Entry(NamedTuple):
    """An item's ledger entry, with the board's version when it was last written.

    A counted item has `group`, its number in the key `groups`; `bucket`, its time divided by the
    bucket width; and `values`, minor units per measure. Any other item has `since`, when it was
    removed or rejected, in seconds since 1970. `stream` is the place (from 1) in meta's `streams`
    of the stream with its last record, and `sequence` is that record's number; 0: only a scan has
    seen the item.
    """

    kind: int
    version: int
    group: int = 0
    bucket: int = 0
    values: tuple[int, ...] = ()
    since: int = 0
    stream: int = 0
    sequence: int = 0


def read_entry(packed: bytes) -> Entry:
    """Return a packed entry as an `Entry`; `docs/protocol.md` has the layout."""
    kind = packed[0]
    at = 20 if kind >= _LONG else 14
    [version] = struct.unpack_from(">I", packed, at)
    at += 4
    kind %= _LONG
    # Two or three digits in base 2^48 are one big-endian number.
    stream, sequence = packed[1], int.from_bytes(packed[2 : at - 4])
    if kind != COUNTED:
        return Entry(
            kind, version, since=int.from_bytes(packed[at:]), stream=stream, sequence=sequence
        )
    group = int.from_bytes(packed[at : at + 3])
    bucket = int.from_bytes(packed[at + 3 : at + 7])
    values = (packed[place : place + 5] for place in range(at + 7, len(packed), 5))
    signed = tuple(int.from_bytes(value, signed=True) for value in values)
    return Entry(kind, version, group, bucket, signed, stream=stream, sequence=sequence)


def read_entries(redis: Redis, keys: BoardKeys) -> Iterator[list[tuple[bytes, bytes]]]:
    """Yield lists of the ledger's items with their packed entries, each item once."""
    # HSCAN may return an item twice while the ledger grows or shrinks.
    seen: set[bytes] = set()
    cursor = 0
    while True:
        reply: Any = redis.hscan(keys.ledger, cursor, count=_SCAN_COUNT)
        cursor, entries = reply
        part = [(key, packed) for key, packed in entries.items() if key not in seen]
        seen.update(key for key, _ in part)
        yield part
        if cursor == 0:
            return
