"""Totals and timeline held against what the ledger adds up to."""

import logging
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from redis import Redis

from aggregates.board import ALL, COUNT, Board
from aggregates.keys import BoardKeys
from aggregates.ledger import COUNTED, read_entry
from aggregates.run_scripts import begin_recount, mend_totals
from aggregates.totals import Totals

logger = logging.getLogger("tallyboard")

# How often the ledger is added up until the stream leaves the board alone for as long.
_MAX_TRIES = 5
_SCAN_COUNT = 1000
_INTEGER = re.compile(rb"-?\d+")


class Sums(NamedTuple):
    """By how much Redis' figures exceed the ledger's, by group, and by bucket start (as text)."""

    totals: Totals
    timeline: Totals


def compare_sums(board: Board, redis: Redis, keys: BoardKeys) -> Sums | None:
    """Return where the figures differ from the ledger; None where the stream never paused.

    Nothing is written.
    """
    for _ in range(_MAX_TRIES):
        version: Any = redis.hget(keys.meta, "version")
        groups: Any = redis.hgetall(keys.groups)
        totals: Any = redis.hgetall(keys.totals)
        timeline: Any = redis.hgetall(keys.timeline)
        added = _add_up(board, redis, keys, groups)
        if redis.hget(keys.meta, "version") == version:
            return _subtract(totals, timeline, added)
    return None


def mend_sums(board: Board, redis: Redis, keys: BoardKeys, owner: str) -> None:
    """Make totals and timeline what the ledger adds up to, should anybody have changed them.

    The stream goes on meanwhile: entries that change are added up as they were at the beginning.
    """
    recount = os.urandom(8).hex()
    standing = begin_recount(redis, keys, owner, recount)

    def as_they_were(items: list[bytes]) -> list[bytes | None]:
        found: Any = redis.hmget(keys.recount, items)
        kept: list[bytes | None] = found
        return kept

    added = _add_up(board, redis, keys, standing.groups, as_they_were)
    sums = _subtract(standing.totals, standing.timeline, added)
    if not sums.totals and not sums.timeline:
        return
    logger.warning("board %s: totals were not what the ledger adds up to", board.name)
    excess: dict[str, Any] = {
        "owner": owner,
        "recount": recount,
        "measures": _name_measures(board),
    }
    # Numbers as text: Lua's JSON would round large ones.
    for name, found in (("totals", sums.totals), ("timeline", sums.timeline)):
        excess[name] = [
            (place, measure, str(-value))
            for place, measures in found.items()
            for measure, value in measures.items()
        ]
    mend_totals(redis, keys, excess)


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


class _Added(NamedTuple):
    """What the ledger adds up to."""

    totals: Totals
    timeline: Totals


def _add_up(
    board: Board,
    redis: Redis,
    keys: BoardKeys,
    groups: Mapping[bytes, bytes],
    as_they_were: Callable[[list[bytes]], list[bytes | None]] | None = None,
) -> _Added:
    names = {int(number): name.decode() for name, number in groups.items()}
    # An entry may be of a group that came after the groups were read: the version has moved since
    # then, and the sums are taken again.
    unknown = "(a new group)"
    added = _Added({}, {})
    for part in read_entries(redis, keys):
        if not part:
            continue
        was = as_they_were([key for key, _ in part]) if as_they_were else [None] * len(part)
        for (_, packed), kept in zip(part, was, strict=True):
            if kept == b"":
                continue  # it was not there yet
            entry = read_entry(packed if kept is None else kept)
            if entry.kind == COUNTED:
                group = names.get(entry.group, unknown)
                add_values(added.totals, (group, ALL), board, entry.values, 1)
                if board.bucket_seconds is not None:
                    start = str(entry.bucket * board.bucket_seconds)
                    add_values(added.timeline, (start,), board, entry.values, 1)
    return added


def _subtract(
    totals: Mapping[bytes, bytes], timeline: Mapping[bytes, bytes], added: _Added
) -> Sums:
    return Sums(_exceed(totals, added.totals), _exceed(timeline, added.timeline))


def _exceed(found: Mapping[bytes, bytes], added: Totals) -> Totals:
    excess = {
        place: {measure: -value for measure, value in measures.items()}
        for place, measures in added.items()
    }
    for field, text in found.items():
        place, _, measure = field.decode().rpartition(":")
        sums = excess.setdefault(place, {})
        # What is no integer counts for nothing; a run of reconcile begins by making it 0.
        value = int(text) if _INTEGER.fullmatch(text) else 0
        sums[measure] = sums.get(measure, 0) + value
    return without_zeros(excess)


def add_values(
    totals: Totals, places: Iterable[str], board: Board, values: Iterable[int], sign: int
) -> None:
    """Add one item, or take one away, in all of `places`."""
    added = list(zip(_name_measures(board), (1, *values), strict=True))
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


def _name_measures(board: Board) -> list[str]:
    return [COUNT, *(measure.name for measure in board.measures)]
