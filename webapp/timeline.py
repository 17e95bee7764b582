"""A board's timeline in as few points as a screen can show."""

from collections.abc import Mapping
from itertools import dropwhile

from aggregates.message import Totals

# More points than this are not seen on any screen, but paid for by every client.
MAX_POINTS = 500
# The last hour, and what a client may still see of it after ten minutes without a frame.
RECENT_SECONDS = 70 * 60

_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 240, 360, 720, 1440, 2880, 10080, 43200, 525600)

# [start in seconds, one integer per measure]
Point = list[int]


class Timeline:
    """Buckets as Redis has them, and points that join neighbouring buckets as needed."""

    def __init__(
        self, bucket_seconds: int, measures: tuple[str, ...], buckets: Mapping[int, Totals]
    ) -> None:
        self.bucket_seconds = bucket_seconds
        self.step_seconds = bucket_seconds
        self._measures = measures
        self._buckets: dict[int, Point] = {}
        self._points: dict[int, Point] = {}
        for start, totals in buckets.items():
            self.set_bucket(start, totals)

    def set_bucket(self, start: int, totals: Totals | None) -> None:
        """Set a bucket's absolute values; None removes it. `step_seconds` may grow by that."""
        old = self._buckets.pop(start, None)
        if old is not None:
            self._add(old, -1)
        if totals is not None:
            bucket = [start, *(totals.get(name, 0) for name in self._measures)]
            self._buckets[start] = bucket
            self._add(bucket, 1)
        if len(self._points) > MAX_POINTS:
            self._join_from(self.step_seconds)
        elif totals is None and self.step_seconds > self.bucket_seconds:
            # The step is a matter of the buckets alone, so that every process has the same.
            self._join_from(self.bucket_seconds)

    def point(self, bucket_start: int) -> Point:
        """Return the point that a bucket is in; all zero when nothing is left in it."""
        start = bucket_start - bucket_start % self.step_seconds
        return self._points.get(start) or [start, *([0] * len(self._measures))]

    def bucket(self, start: int) -> Point:
        """Return a bucket; all zero when it is empty."""
        return self._buckets.get(start) or [start, *([0] * len(self._measures))]

    def differing(self, other: "Timeline") -> set[int]:
        """Return the starts of buckets that are not the same in another timeline."""
        starts = {*self._buckets, *other._buckets}
        return {start for start in starts if self._buckets.get(start) != other._buckets.get(start)}

    def points(self) -> list[Point]:
        """Return all points in order of time."""
        return [self._points[start] for start in sorted(self._points)]

    def recent(self, now_seconds: float) -> list[Point]:
        """Return the buckets of the last 70 minutes in order of time."""
        first = now_seconds - RECENT_SECONDS
        return [self._buckets[start] for start in sorted(s for s in self._buckets if s >= first)]

    def _add(self, bucket: Point, sign: int) -> None:
        start = bucket[0] - bucket[0] % self.step_seconds
        point = self._points.setdefault(start, [start, *([0] * len(self._measures))])
        for i in range(1, len(bucket)):
            point[i] += sign * bucket[i]
        if point[1] == 0:
            del self._points[start]

    def _join_from(self, step_seconds: int) -> None:
        """Join buckets in the smallest step, from one on, that makes few enough points."""
        steps = (step * self.bucket_seconds for step in _STEPS)
        for step in dropwhile(lambda step: step < step_seconds, steps):
            starts = {start - start % step for start in self._buckets}
            if len(starts) <= MAX_POINTS:
                break
        if step != self.step_seconds or not self._points:
            self.step_seconds = step
            self._points = {}
            for bucket in self._buckets.values():
                self._add(bucket, 1)
