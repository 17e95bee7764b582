"""Totals, ranks and timeline held against what the ledger adds up to."""

import logging
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from redis import Redis

from aggregates.board import ALL, COUNT, Board
from aggregates.keys import BoardKeys
from aggregates.ledger import COUNTED, Entry, read_entry
from aggregates.run_scripts import Figures, begin_recount, mend_totals, retire_groups
from aggregates.steps import choose_step, limit_points, list_steps
from aggregates.totals import Totals

logger = logging.getLogger("tallyboard")

# How often the ledger is added up again because the stream changed the board meanwhile.
_MAX_TRIES = 5
_SCAN_COUNT = 1000
# Groups of one script call.
_GROUPS_AT_ONCE = 1000
# Buckets kept of the last 70 minutes and of the future; as `lua/parts/timeline.lua` has it.
_MOST_RECENT = 300
_INTEGER = re.compile(rb"-?\d+")


class Sums(NamedTuple):
    """By how much Redis' figures exceed the ledger's, by group, and by point's start (as text)."""

    totals: Totals
    timeline: Totals


class _Sums:
    """What the ledger adds up to: by the groups' numbers, and by the buckets' starts."""

    def __init__(self, board: Board) -> None:
        self._board, self._names = board, name_measures(board)
        self.groups: dict[int, dict[str, int]] = {}
        self.buckets: dict[int, dict[str, int]] = {}

    def add(self, entry: Entry) -> None:
        """Add what an entry counts for."""
        places = [self.groups.setdefault(entry.group, {})]
        if self._board.bucket_seconds is not None:
            start = entry.bucket * self._board.bucket_seconds
            places.append(self.buckets.setdefault(start, {}))
        for name, value in zip(self._names, (1, *entry.values), strict=True):
            for sums in places:
                sums[name] = sums.get(name, 0) + value

    def name(self, names: Mapping[int, str]) -> Totals:
        """Return the sums by group, and of all together."""
        totals = {names[number]: sums for number, sums in self.groups.items()}
        if totals:
            all_ = (sum(sums[name] for sums in totals.values()) for name in self._names)
            totals[ALL] = dict(zip(self._names, all_, strict=True))
        return totals


def compare_sums(board: Board, redis: Redis, keys: BoardKeys) -> Sums | None:
    """Return where the figures differ from the ledger; None where the stream never paused.

    Nothing is written.
    """
    for _ in range(_MAX_TRIES):
        meta: Any = redis.hmget(keys.meta, ["version", "step"])
        version, step = meta
        totals: Any = redis.hgetall(keys.totals)
        timeline: Any = redis.hgetall(keys.timeline)
        added = _add_up(board, redis, keys)
        # After the ledger, or a group that came meanwhile would have no name.
        groups: Any = redis.hgetall(keys.groups)
        if redis.hget(keys.meta, "version") == version:
            return Sums(
                _exceed(totals, added.name(read_group_names(groups))),
                _exceed(timeline, _join(added.buckets, int(step or 1))),
            )
    return None


def mend_sums(board: Board, redis: Redis, keys: BoardKeys, owner: str) -> None:
    """Make the figures what the ledger adds up to, should anybody have changed them.

    The stream goes on meanwhile: entries that change are added up as they were at the beginning.
    The timeline gets the finest step in which it fits, and groups without items are forgotten.
    """
    recount = os.urandom(8).hex()
    figures = begin_recount(redis, keys, owner, recount)
    names = read_group_names(figures.groups)

    def as_they_were(items: list[bytes]) -> list[bytes | None]:
        found: Any = redis.hmget(keys.recount, items)
        kept: list[bytes | None] = found
        return kept

    added = _add_up(board, redis, keys, as_they_were)
    truth = added.name(names)
    totals = _exceed(figures.totals, truth)
    timeline = _find_timeline(board, figures, added.buckets)
    if totals or timeline or _read_scores(figures) != _score(board, truth):
        if totals:
            logger.warning("board %s: totals were not what the ledger adds up to", board.name)
        excess: dict[str, Any] = {
            "owner": owner,
            "recount": recount,
            "measures": name_measures(board),
            "rank": board.rank_measure,
            # Numbers as text: a double has not all that somebody may have written.
            "totals": [
                (place, measure, str(-value))
                for place, measures in totals.items()
                for measure, value in measures.items()
            ],
        }
        if timeline is not None:
            excess["timeline"] = timeline
        mend_totals(redis, keys, excess)
    unused = [name for number, name in names.items() if number not in added.groups]
    for first in range(0, len(unused), _GROUPS_AT_ONCE):
        retire_groups(redis, keys, owner, unused[first : first + _GROUPS_AT_ONCE])


def read_group_names(groups: Mapping[bytes, bytes]) -> dict[int, str]:
    """Return the groups of the hash `groups` by their numbers."""
    named = ((field, value) for field, value in groups.items() if field.startswith(b"="))
    return {int(number): field[1:].decode() for field, number in named}


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


def _add_up(
    board: Board,
    redis: Redis,
    keys: BoardKeys,
    as_they_were: Callable[[list[bytes]], list[bytes | None]] | None = None,
) -> _Sums:
    added = _Sums(board)
    for part in read_entries(redis, keys):
        if not part:
            continue
        was = as_they_were([key for key, _ in part]) if as_they_were else [None] * len(part)
        for (_, packed), kept in zip(part, was, strict=True):
            if kept == b"":
                continue  # it was not there yet
            entry = read_entry(packed if kept is None else kept)
            if entry.kind == COUNTED:
                added.add(entry)
    return added


def _join(buckets: Mapping[int, Mapping[str, int]], step_seconds: int) -> Totals:
    """Return buckets joined to points, by their start as text."""
    points: Totals = {}
    for start, bucket in buckets.items():
        point = points.setdefault(str(start - start % step_seconds), {})
        for name, value in bucket.items():
            point[name] = point.get(name, 0) + value
    return points


def _find_timeline(
    board: Board, figures: Figures, buckets: Mapping[int, Mapping[str, int]]
) -> dict[str, Any] | None:
    """Return the whole timeline as `mend.lua` takes it; None where Redis has it already."""
    if board.bucket_seconds is None:
        return None
    names = name_measures(board)
    steps, most = list_steps(board.bucket_seconds), limit_points(len(names))
    step = choose_step(buckets, steps, most)
    points = _join(buckets, step)
    starts = sorted(start for start in buckets if start >= figures.recent_floor)
    recent_until = starts[_MOST_RECENT] if len(starts) > _MOST_RECENT else None
    recent = {str(start): dict(buckets[start]) for start in starts[:_MOST_RECENT]}
    is_right = (
        figures.step_seconds == (step if buckets or figures.step_seconds else None)
        and figures.recent_until == recent_until
        and not _exceed(figures.timeline, points)
        and not _exceed(figures.recent, recent)
    )
    if is_right:
        return None
    return {
        "step": step,
        "steps": steps,
        "most_points": most,
        "bucket_seconds": board.bucket_seconds,
        "recent_until": recent_until or 0,
        "points": _to_rows(points, names),
        "recent": _to_rows(recent, names),
    }


def _to_rows(places: Totals, names: list[str]) -> list[list[int]]:
    return [[int(start), *(sums.get(name, 0) for name in names)] for start, sums in places.items()]


def _score(board: Board, totals: Totals) -> dict[str, float]:
    """Return the groups' scores in the key `ranks`: their values, negative."""
    measure = board.rank_measure
    return {group: float(-of[measure]) for group, of in totals.items() if group != ALL}


def _read_scores(figures: Figures) -> dict[str, float]:
    return {group.decode(): float(score) for group, score in figures.ranks.items()}


def _exceed(found: Mapping[bytes, bytes], added: Totals) -> Totals:
    excess = {
        place: {measure: -value for measure, value in measures.items()}
        for place, measures in added.items()
    }
    for name, text in found.items():
        place, _, measure = name.decode().rpartition(":")
        sums = excess.setdefault(place, {})
        # What is no integer counts for nothing; a run of reconcile begins by making it 0.
        value = int(text) if _INTEGER.fullmatch(text) else 0
        sums[measure] = sums.get(measure, 0) + value
    return without_zeros(excess)


def add_values(
    totals: Totals, places: Iterable[str], board: Board, values: Iterable[int], sign: int
) -> None:
    """Add one item, or take one away, in all of `places`."""
    added = list(zip(name_measures(board), (1, *values), strict=True))
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


def name_measures(board: Board) -> list[str]:
    """Return the names of all that is added up, `count` first."""
    return [COUNT, *(measure.name for measure in board.measures)]
