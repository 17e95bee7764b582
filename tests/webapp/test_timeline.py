import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregates.message import Totals
from webapp.timeline import MAX_POINTS, RECENT_SECONDS, Timeline

BUCKET = 60
MEASURES = ("count", "amount")


def make(buckets: dict[int, Totals] | None = None) -> Timeline:
    return Timeline(BUCKET, MEASURES, buckets or {})


def minutes(*numbers: int) -> dict[int, Totals]:
    """Return a bucket of one item for each of some minutes."""
    return {60 * n: {"count": 1, "amount": n} for n in numbers}


def test_few_buckets_are_points_of_their_own_in_order_of_time() -> None:
    timeline = make({120: {"count": 2, "amount": 500}, 0: {"count": 1, "amount": -5}})
    assert timeline.step_seconds == 60
    assert timeline.points() == [[0, 1, -5], [120, 2, 500]]


def test_a_sum_that_is_absent_is_zero() -> None:
    assert make({0: {"count": 1}}).points() == [[0, 1, 0]]


def test_an_empty_timeline_has_no_points() -> None:
    assert (make().points(), make().recent(0)) == ([], [])


def test_a_bucket_is_replaced_not_added_to() -> None:
    timeline = make(minutes(1))
    timeline.set_bucket(60, {"count": 3, "amount": 9})
    assert timeline.points() == [[60, 3, 9]]


def test_a_removed_bucket_is_a_point_of_zeros() -> None:
    timeline = make(minutes(1, 2))
    timeline.set_bucket(60, None)
    timeline.set_bucket(600, None)
    assert timeline.points() == [[120, 1, 2]]
    assert timeline.point(60) == timeline.bucket(60) == [60, 0, 0]


def test_500_points_are_kept_and_one_more_widens_the_step() -> None:
    timeline = make(minutes(*range(MAX_POINTS)))
    assert (timeline.step_seconds, len(timeline.points())) == (60, 500)
    timeline.set_bucket(60 * MAX_POINTS, {"count": 1, "amount": MAX_POINTS})
    assert (timeline.step_seconds, len(timeline.points())) == (120, 251)
    assert timeline.points()[0] == [0, 2, 0 + 1]
    assert timeline.point(60) == [0, 2, 1]
    assert timeline.bucket(60) == [60, 1, 1]


def test_a_widened_step_takes_changes_of_the_buckets_in_it() -> None:
    timeline = make(minutes(*range(MAX_POINTS + 3)))
    timeline.set_bucket(0, None)
    assert timeline.point(0) == [0, 1, 1]
    timeline.set_bucket(60, None)
    assert timeline.point(60) == [0, 0, 0]
    assert timeline.points()[0][0] == 120


def test_the_step_is_a_matter_of_the_buckets_alone() -> None:
    """Two processes have the same one, whatever they have seen before."""
    timeline = make(minutes(*range(MAX_POINTS + 1)))
    assert timeline.step_seconds == 2 * BUCKET
    timeline.set_bucket(0, None)
    assert timeline.step_seconds == BUCKET
    assert timeline.points() == make(minutes(*range(1, MAX_POINTS + 1))).points()


@pytest.mark.parametrize("days", [1, 30, 365, 3650])
def test_any_span_of_time_fits_the_points(days: int) -> None:
    hours = range(0, days * 24, max(1, days // 30))
    timeline = make({3600 * hour: {"count": 1, "amount": 2} for hour in hours})
    assert len(timeline.points()) <= MAX_POINTS
    assert timeline.step_seconds % BUCKET == 0
    assert sum(point[1] for point in timeline.points()) == len(hours)


def test_recent_is_the_buckets_of_the_last_70_minutes() -> None:
    timeline = make(minutes(*range(MAX_POINTS + 1)))
    now = 60 * 200
    starts = [bucket[0] for bucket in timeline.recent(now)]
    assert starts == list(range(now - RECENT_SECONDS, 60 * (MAX_POINTS + 1), 60))
    assert timeline.recent(10**9) == []


changes = st.lists(
    st.tuples(
        # Minutes from narrow and from wide spans.
        st.one_of(st.integers(0, 30), st.integers(0, 10**6)),
        st.none() | st.tuples(st.integers(1, 9), st.integers(-(10**15), 10**15)),
    ),
    max_size=60,
)


@given(st.sets(st.integers(0, 10**5), max_size=700), changes)
def test_points_always_sum_up_to_the_buckets(
    first: set[int], changes: list[tuple[int, tuple[int, int] | None]]
) -> None:
    buckets: dict[int, Totals] = minutes(*first)
    timeline = make(buckets)
    for minute, values in changes:
        totals = None if values is None else {"count": values[0], "amount": values[1]}
        timeline.set_bucket(60 * minute, totals)
        if totals is None:
            buckets.pop(60 * minute, None)
        else:
            buckets[60 * minute] = totals
    expected: dict[int, list[int]] = {}
    for start, bucket in buckets.items():
        point = expected.setdefault(start - start % timeline.step_seconds, [0, 0])
        point[0] += bucket["count"]
        point[1] += bucket["amount"]
    assert timeline.points() == [[start, *expected[start]] for start in sorted(expected)]
    assert len(timeline.points()) <= MAX_POINTS
    recent = [[s, t["count"], t["amount"]] for s, t in sorted(buckets.items())]
    assert timeline.recent(0) == recent
