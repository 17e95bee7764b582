"""Builds the timeline from the ledger's buckets, and compares it with Redis."""

from collections.abc import Mapping, Sequence

from aggregates.board import Board
from aggregates.steps import choose_step, limit_points, list_steps
from aggregates.totals import Totals
from reconcile.excess import find_excess
from reconcile.scripts import Recount, WholeTimeline

# Buckets kept of the last 70 minutes and of the future; the same as in `lua/parts/timeline.lua`.
_MOST_RECENT = 300


def join_buckets(buckets: Mapping[int, Mapping[str, int]], step_seconds: int) -> Totals:
    """Return buckets joined into points, by the points' starts as text."""
    points: Totals = {}
    for start, bucket in buckets.items():
        point = points.setdefault(str(start - start % step_seconds), {})
        for name, value in bucket.items():
            point[name] = point.get(name, 0) + value
    return points


def make_timeline(
    board: Board, found: Recount, buckets: Mapping[int, Mapping[str, int]]
) -> WholeTimeline | None:
    """Return the timeline made from buckets; None if Redis has the same already."""
    if board.bucket_seconds is None:
        return None
    names = board.counted_names
    steps, most = list_steps(board.bucket_seconds), limit_points(len(names))
    step = choose_step(buckets, steps, most)
    points = join_buckets(buckets, step)
    starts = sorted(start for start in buckets if start >= found.recent_floor)
    recent_until = starts[_MOST_RECENT] if len(starts) > _MOST_RECENT else None
    recent = {str(start): dict(buckets[start]) for start in starts[:_MOST_RECENT]}
    is_right = (
        found.step_seconds == (step if buckets or found.step_seconds else None)
        and found.recent_until == recent_until
        and not find_excess(found.timeline, points)
        and not find_excess(found.recent, recent)
    )
    if is_right:
        return None
    return WholeTimeline(
        step=step,
        steps=steps,
        most_points=most,
        bucket_seconds=board.bucket_seconds,
        recent_until=recent_until or 0,
        points=_to_rows(points, names),
        recent=_to_rows(recent, names),
    )


def _to_rows(places: Totals, names: Sequence[str]) -> list[list[int]]:
    return [[int(start), *(sums.get(name, 0) for name in names)] for start, sums in places.items()]
