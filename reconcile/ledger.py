"""The ledger's packed entries as Python reads them; `apply.lua` writes them."""

import struct
from collections.abc import Iterator
from typing import Any, NamedTuple

from redis import Redis

from aggregates.keys import BoardKeys

REMOVED, COUNTED, REJECTED = 0, 1, 2
_LONG = 8
_SCAN_COUNT = 1000


class Entry(NamedTuple):
    """What the ledger holds of an item, and the board's version when that was last written.

    `group` is its number in the key `groups`, `bucket` the time divided by the bucket width,
    `values` minor units per measure: of a counted item; else `since` is when it ceased to be one,
    in seconds since 1970. `stream` is the stream that told it last, by its place in meta's
    `streams`, from 1, and `sequence` the record's number there; 0: only a scan has seen the item.
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
    """Return a ledger entry; `docs/protocol.md` has its layout."""
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
    """Yield the ledger's items with their packed entries, many at a time and each item once."""
    # While the ledger grows, or shrinks, Redis may show an item again.
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
