"""Compares totals, ranks and timeline with the sums of the ledger, and corrects them."""

import logging
import os
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from redis import Redis

from aggregates.board import ALL, Board
from aggregates.keys import BoardKeys
from aggregates.totals import Totals
from reconcile.excess import find_excess
from reconcile.ledger import COUNTED, Entry, read_entries, read_entry
from reconcile.scripts import Correction, Recount, begin_recount, mend_totals, retire_groups
from reconcile.timeline import join_buckets, make_timeline

logger = logging.getLogger("tallyboard")

# How many times the ledger is added up, because the stream changed the board in between.
_MAX_TRIES = 5
# Groups per script call.
_GROUPS_AT_ONCE = 1000


class Excess(NamedTuple):
    """How far Redis' figures exceed the ledger's sums, by group, and by a point's start as text."""

    totals: Totals
    timeline: Totals


class _LedgerSums:
    """The ledger's sums, by group number and by bucket start."""

    def __init__(self, board: Board) -> None:
        self._board, self._names = board, board.counted_names
        self.groups: dict[int, dict[str, int]] = {}
        self.buckets: dict[int, dict[str, int]] = {}

    def add(self, entry: Entry) -> None:
        """Add a counted entry."""
        places = [self.groups.setdefault(entry.group, {})]
        if self._board.bucket_seconds is not None:
            start = entry.bucket * self._board.bucket_seconds
            places.append(self.buckets.setdefault(start, {}))
        for name, value in zip(self._names, (1, *entry.values), strict=True):
            for sums in places:
                sums[name] = sums.get(name, 0) + value

    def name(self, names: Mapping[int, str]) -> Totals:
        """Return the sums by group name, and for ALL."""
        totals = {names[number]: sums for number, sums in self.groups.items()}
        if totals:
            all_ = (sum(sums[name] for sums in totals.values()) for name in self._names)
            totals[ALL] = dict(zip(self._names, all_, strict=True))
        return totals


def compare_sums(board: Board, redis: Redis, keys: BoardKeys) -> Excess | None:
    """Return where the figures differ from the ledger; None if the stream never paused.

    It writes nothing.
    """
    for _ in range(_MAX_TRIES):
        meta: Any = redis.hmget(keys.meta, ["version", "step"])
        version, step = meta
        totals: Any = redis.hgetall(keys.totals)
        timeline: Any = redis.hgetall(keys.timeline)
        added = _add_up(board, redis, keys)
        # Read after the ledger: a group that appeared in between would have no name.
        groups: Any = redis.hgetall(keys.groups)
        if redis.hget(keys.meta, "version") == version:
            return Excess(
                find_excess(totals, added.name(read_group_names(groups))),
                find_excess(timeline, join_buckets(added.buckets, int(step or 1))),
            )
    return None


def mend_sums(board: Board, redis: Redis, keys: BoardKeys, owner: str) -> None:
    """Correct the figures to the ledger's sums, in case somebody has changed them.

    The stream continues meanwhile: entries that change are added up as they were at the beginning.
    The timeline gets the finest step with which it fits, and groups without items are forgotten.
    """
    recount = os.urandom(8).hex()
    found = begin_recount(redis, keys, owner, recount)
    names = read_group_names(found.groups)

    def as_they_were(items: list[bytes]) -> list[bytes | None]:
        reply: Any = redis.hmget(keys.recount, items)
        kept: list[bytes | None] = reply
        return kept

    added = _add_up(board, redis, keys, as_they_were)
    truth = added.name(names)
    totals = find_excess(found.totals, truth)
    timeline = make_timeline(board, found, added.buckets)
    if totals or timeline or _read_scores(found) != _score(board, truth):
        if totals:
            logger.warning(
                "board %s: totals in Redis differed from the ledger's sums; corrected", board.name
            )
        missing = [(group, name, -n) for group, of in totals.items() for name, n in of.items()]
        correction = Correction(
            owner, recount, board.counted_names, board.rank_measure, missing, timeline
        )
        mend_totals(redis, keys, correction)
    unused = [name for number, name in names.items() if number not in added.groups]
    for first in range(0, len(unused), _GROUPS_AT_ONCE):
        retire_groups(redis, keys, owner, unused[first : first + _GROUPS_AT_ONCE])


def read_group_names(groups: Mapping[bytes, bytes]) -> dict[int, str]:
    """Return the names in the hash `groups` by their numbers."""
    named = ((field, value) for field, value in groups.items() if field.startswith(b"="))
    return {int(number): field[1:].decode() for field, number in named}


def _add_up(
    board: Board,
    redis: Redis,
    keys: BoardKeys,
    as_they_were: Callable[[list[bytes]], list[bytes | None]] | None = None,
) -> _LedgerSums:
    added = _LedgerSums(board)
    for part in read_entries(redis, keys):
        if not part:
            continue
        was = as_they_were([key for key, _ in part]) if as_they_were else [None] * len(part)
        for (_, packed), kept in zip(part, was, strict=True):
            if kept == b"":
                continue  # the item was added after the recount began
            entry = read_entry(packed if kept is None else kept)
            if entry.kind == COUNTED:
                added.add(entry)
    return added


def _score(board: Board, totals: Totals) -> dict[str, float]:
    """Return the scores that groups should have in the key `ranks`: their negative values."""
    measure = board.rank_measure
    return {group: float(-of[measure]) for group, of in totals.items() if group != ALL}


def _read_scores(found: Recount) -> dict[str, float]:
    return {group.decode(): float(score) for group, score in found.ranks.items()}
