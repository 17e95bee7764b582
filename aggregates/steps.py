"""Chooses how wide a timeline's points are: the smallest step with which all fit on a screen."""

from collections.abc import Iterable, Sequence

# No screen can show more points, but every client would have to load them.
MAX_POINTS = 500
# The points' share of an event, which has 64 KB. With many sums there are fewer points.
_POINTS_BYTES = 24_000
_START_BYTES, _VALUE_BYTES = 12, 18

# Steps in buckets. Each divides the next, so points can be joined without the buckets.
_LADDER = (1, 2, 10, 30, 60, 120, 360, 720, 1440, 10_080, 40_320, 524_160, 5_241_600, 52_416_000)


def list_steps(bucket_seconds: int) -> list[int]:
    """Return the steps that a board's points may have, in seconds, in rising order."""
    return [bucket_seconds * buckets for buckets in _LADDER]


def limit_points(width: int) -> int:
    """Return how many points there may be with `width` values each."""
    return min(MAX_POINTS, _POINTS_BYTES // (_START_BYTES + _VALUE_BYTES * width))


def choose_step(starts: Iterable[int], steps: Sequence[int], most: int) -> int:
    """Return the smallest step in which buckets at `starts` make at most `most` points."""
    found = set(starts)
    for step in steps:
        found = {start - start % step for start in found}
        if len(found) <= most:
            return step
    return steps[-1]
