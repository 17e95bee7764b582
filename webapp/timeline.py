"""A board's timeline in the web app: points for all time, fine buckets for the last hour."""

from collections.abc import Iterable, Mapping
from typing import Any

from aggregates.message import Sums

# The last hour, and ten minutes more for a client that gets no frame for so long; also the limit
# for buckets in the future.
RECENT_SECONDS = 70 * 60
# The most buckets of that time in an event: the finest buckets are a minute.
MAX_RECENT = 142
# Their share of an event, which has 64 KB.
_RECENT_BYTES, _START_BYTES, _VALUE_BYTES = 10_000, 12, 18

# Of items that are counted, more than one in so many moved, and at least so many: they are running
# totals, and the timeline does not say what came when.
_MOVED_PART, _LEAST_MOVED = 10, 3

# [start in seconds, one integer per measure]
Point = list[int]


def are_moved(moved: int, items: int) -> bool:
    """Return whether so many of all items moved that they are running totals."""
    return moved >= _LEAST_MOVED and moved * _MOVED_PART > items


class Timeline:
    """Points of `step_seconds`, and fine buckets of the last 70 minutes."""

    def __init__(
        self,
        bucket_seconds: int,
        measures: tuple[str, ...],
        step_seconds: int | None,
        points: Mapping[int, Sums],
        recent: Mapping[int, Sums],
    ) -> None:
        self.bucket_seconds = bucket_seconds
        self.step_seconds = step_seconds or bucket_seconds
        self._measures = measures
        self._points: dict[int, Sums] = dict(points)
        self._recent: dict[int, Sums] = dict(recent)
        width = _START_BYTES + _VALUE_BYTES * len(measures)
        self._most_recent = min(MAX_RECENT, _RECENT_BYTES // width)

    def change_points(self, step_seconds: int, points: Mapping[int, Sums | None]) -> set[int]:
        """Set points (None removes one); return which. With a new step, they replace all points."""
        if step_seconds != self.step_seconds:
            self.step_seconds = step_seconds
            self._points = {}
        _change(self._points, points)
        return set(points)

    def change_recent(self, buckets: Mapping[int, Sums | None]) -> set[int]:
        """Set fine buckets (None removes one); return which."""
        _change(self._recent, buckets)
        return set(buckets)

    def forget(self, now_seconds: float) -> None:
        """Forget buckets that are no longer recent."""
        for start in [start for start in self._recent if start < now_seconds - RECENT_SECONDS]:
            del self._recent[start]

    def differing_points(self, other: "Timeline") -> set[int]:
        """Return the starts of points that differ from another timeline."""
        return _differ(self._points, other._points)

    def differing_recent(self, other: "Timeline") -> set[int]:
        """Return the starts of fine buckets that differ from another timeline."""
        return _differ(self._recent, other._recent)

    def points(self, starts: Iterable[int] | None = None) -> list[Point]:
        """Return points in order of time: all, or those at `starts`; missing ones are zero."""
        return [
            self._row(self._points, s) for s in sorted(self._points if starts is None else starts)
        ]

    def recent(self, now_seconds: float, starts: Iterable[int] | None = None) -> list[Point]:
        """Return fine buckets within 70 minutes of now, in order of time, in the form of `points`.

        If there are too many, buckets in the future are left out first.
        """
        chosen = sorted(self._recent if starts is None else starts)
        first, last = now_seconds - RECENT_SECONDS, now_seconds + RECENT_SECONDS
        past = [start for start in chosen if first <= start <= now_seconds][-self._most_recent :]
        ahead = [start for start in chosen if now_seconds < start <= last]
        kept = past + ahead[: self._most_recent - len(past)]
        return [self._row(self._recent, start) for start in kept]

    def json(self, now_seconds: float) -> dict[str, Any]:
        """Return the whole timeline: `docs/protocol.md`, event `snapshot`."""
        return {
            "bucket_seconds": self.bucket_seconds,
            "step_seconds": self.step_seconds,
            "points": self.points(),
            "recent": self.recent(now_seconds),
        }

    def _row(self, places: Mapping[int, Sums], start: int) -> Point:
        totals = places.get(start, {})
        return [start, *(totals.get(name, 0) for name in self._measures)]


def _change(places: dict[int, Sums], changes: Mapping[int, Sums | None]) -> None:
    for start, totals in changes.items():
        if totals is None:
            places.pop(start, None)
        else:
            places[start] = totals


def _differ(one: Mapping[int, Sums], other: Mapping[int, Sums]) -> set[int]:
    return {start for start in {*one, *other} if one.get(start) != other.get(start)}
