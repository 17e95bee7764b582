"""Totals and timeline held against what the ledger adds up to."""

import logging
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from redis import Redis

from aggregates.board import ALL, COUNT, Board
from aggregates.keys import BoardKeys
from aggregates.ledger import COUNTED, Entry, read_entry
from aggregates.scripts import mend_totals
from aggregates.totals import Totals, gather_totals

logger = logging.getLogger("tallyboard")

# How often the ledger is added up until the stream leaves the board alone for as long.
_MAX_TRIES = 5
_SCAN_COUNT = 1000


class Sums(NamedTuple):
    """By how much Redis' figures exceed the ledger's, by group, and by bucket start (as text).

    True of `version` of the board.
    """

    totals: Totals
    timeline: Totals
    version: int


def compare_sums(board: Board, redis: Redis, keys: BoardKeys) -> Sums | None:
    """Return where the figures differ from the ledger; None where the stream never paused."""
    for _ in range(_MAX_TRIES):
        version: Any = redis.hget(keys.meta, "version")
        names: Any = redis.hgetall(keys.groups)
        groups = {int(number): name.decode() for name, number in names.items()}
        entries = dict(read_entries(redis, keys))
        totals, timeline = _read_hash(redis, keys.totals), _read_hash(redis, keys.timeline)
        if redis.hget(keys.meta, "version") != version:
            continue
        for entry in entries.values():
            if entry.kind == COUNTED:
                group = groups[entry.group]
                add_values(totals, (group, ALL), board, entry.values, -1)
                if board.bucket_seconds is not None:
                    start = str(entry.bucket * board.bucket_seconds)
                    add_values(timeline, (start,), board, entry.values, -1)
        return Sums(without_zeros(totals), without_zeros(timeline), int(version or 0))
    return None


def mend_sums(board: Board, redis: Redis, keys: BoardKeys, owner: str) -> None:
    """Make totals and timeline what the ledger adds up to, should anybody have changed them."""
    for _ in range(_MAX_TRIES):
        sums = compare_sums(board, redis, keys)
        if sums is None:
            logger.warning(
                "board %s: the stream is too busy to add the ledger up beside it", board.name
            )
            return
        if not sums.totals and not sums.timeline:
            return
        excess = {
            "owner": owner,
            "version": sums.version,
            "totals": _to_text(sums.totals),
            "timeline": _to_text(sums.timeline),
        }
        if mend_totals(redis, keys, excess):
            logger.warning("board %s: totals were not what the ledger adds up to", board.name)
            return


def _to_text(totals: Totals) -> dict[str, dict[str, str]]:
    """Return numbers as text: Lua's JSON would round large ones."""
    return {
        place: {name: str(value) for name, value in measures.items()}
        for place, measures in totals.items()
    }


def read_entries(redis: Redis, keys: BoardKeys) -> Iterator[tuple[str, Entry]]:
    """Yield the ledger's items; one may come twice while the ledger grows."""
    for key, packed in redis.hscan_iter(keys.ledger, count=_SCAN_COUNT):
        yield key.decode(), read_entry(packed)


def add_values(
    totals: Totals, places: Iterable[str], board: Board, values: Iterable[int], sign: int
) -> None:
    """Add one item, or take one away, in all of `places`."""
    names = (COUNT, *(measure.name for measure in board.measures))
    added = list(zip(names, (1, *values), strict=True))
    for place in places:
        measures = totals.setdefault(place, {})
        for name, value in added:
            measures[name] = measures.get(name, 0) + sign * value


def without_zeros(totals: Mapping[str, Mapping[str, int]]) -> Totals:
    """Return what is not zero, in order."""
    found = {
        place: {name: value for name, value in measures.items() if value}
        for place, measures in sorted(totals.items())
    }
    return {place: measures for place, measures in found.items() if measures}


def _read_hash(redis: Redis, key: str) -> Totals:
    reply: Any = redis.hgetall(key)
    return gather_totals(reply.items())
