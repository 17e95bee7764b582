"""Reads and writes the note on a board's chain in Redis: `docs/protocol.md`, key `chain`."""

from typing import Any, NamedTuple

from redis import Redis

from aggregates.keys import BoardKeys

_CURSOR = "cursor:"


class ChainNote(NamedTuple):
    """Everything is known to be counted until `counted_ms`, by the clock of `server`, in `epoch`.

    `read_s` is when the newest counted record was read, by DynamoDB's clock. `cursors` say where
    the next watch resumes: `cursor:<stream label>:<shard>` to a sequence number and an iterator.
    """

    epoch: str
    server: str
    counted_ms: int
    read_s: float
    cursors: dict[str, str]


def read_note(redis: Redis, keys: BoardKeys) -> ChainNote | None:
    """Return the note of an earlier watch; None if no watch has confirmed anything."""
    note: Any = redis.hgetall(keys.chain)
    fields = {name.decode(): value.decode() for name, value in note.items()}
    cursors = {name: value for name, value in fields.items() if name.startswith(_CURSOR)}
    try:
        counted_ms, read_s = int(fields["counted_ms"]), float(fields["read_s"])
        place = fields["epoch"], fields["server"]
    except (KeyError, ValueError):
        return None
    return ChainNote(*place, counted_ms, read_s, cursors) if cursors else None


def write_note(redis: Redis, keys: BoardKeys, note: ChainNote) -> None:
    """Replace the note; a Redis that refuses writes keeps the old note unchanged."""
    fields: dict[Any, Any] = note._asdict()
    fields |= fields.pop("cursors")
    pipe = redis.pipeline(transaction=True)
    pipe.delete(keys.chain)
    pipe.hset(keys.chain, mapping=fields)
    pipe.execute()


def write_trouble(redis: Redis, keys: BoardKeys, reason: str, since_ms: int) -> None:
    """Add to the note why nothing is confirmed, and since when."""
    fields: dict[Any, Any] = {"reason": reason, "since_ms": since_ms}
    redis.hset(keys.chain, mapping=fields)
