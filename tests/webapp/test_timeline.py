from hypothesis import given
from hypothesis import strategies as st

from aggregates.message import Sums
from webapp.timeline import MAX_RECENT, RECENT_SECONDS, Timeline

MEASURES = ("count", "amount")
NOW = 1_795_287_851.0
MINUTE = int(NOW) - int(NOW) % 60


def bucket(count: int, amount: int = 0) -> Sums:
    return {"count": count, "amount": amount}


def make(points: dict[int, Sums] | None = None, recent: dict[int, Sums] | None = None) -> Timeline:
    return Timeline(60, MEASURES, 120, points or {}, recent or {})


def test_points_are_in_order_of_time() -> None:
    timeline = make({240: bucket(2, 500), 0: bucket(1, -5)})
    assert timeline.step_seconds == 120
    assert timeline.points() == [[0, 1, -5], [240, 2, 500]]


def test_a_board_without_points_has_steps_of_a_bucket() -> None:
    timeline = Timeline(60, MEASURES, None, {}, {})
    assert (timeline.step_seconds, timeline.points(), timeline.recent(NOW)) == (60, [], [])


def test_a_sum_that_is_absent_is_zero() -> None:
    assert make({0: {"count": 1}}).points() == [[0, 1, 0]]


def test_a_point_is_replaced_and_one_that_is_gone_is_zeros() -> None:
    timeline = make({0: bucket(1, 1), 120: bucket(1, 2)})
    assert timeline.change_points(120, {0: bucket(3, 9), 120: None, 360: None}) == {0, 120, 360}
    assert timeline.points() == [[0, 3, 9]]
    assert timeline.points({0, 120}) == [[0, 3, 9], [120, 0, 0]]


def test_points_of_another_step_are_all_there_are() -> None:
    timeline = make({0: bucket(1, 1), 120: bucket(1, 2)})
    timeline.change_points(600, {0: bucket(2, 3)})
    assert (timeline.step_seconds, timeline.points()) == (600, [[0, 2, 3]])


def test_recent_is_the_buckets_within_70_minutes_of_now() -> None:
    recent = {MINUTE + 60 * n: bucket(1, n) for n in range(-100, 100)}
    found = make(recent=recent).recent(NOW)
    assert (found[0][0], found[-1][0]) == (MINUTE - RECENT_SECONDS + 60, MINUTE + RECENT_SECONDS)
    assert len(found) <= MAX_RECENT


def test_with_many_sums_fewer_buckets_are_told_and_those_of_now() -> None:
    measures = ("count", *(f"sum{n}" for n in range(8)))
    recent = {MINUTE + 60 * n: bucket(1) for n in range(-70, 71)}
    found = Timeline(60, measures, None, {}, recent).recent(NOW)
    assert len(found) < len(recent)
    assert found[-1][0] == MINUTE


def test_buckets_that_are_no_longer_recent_are_dropped() -> None:
    timeline = make(recent={MINUTE + 60 * n: bucket(1) for n in range(-200, 1)})
    timeline.forget(NOW)
    assert len(timeline.differing_recent(make())) == 70


def test_removing_a_bucket_costs_as_much_however_many_points_there_are() -> None:
    """This code joins nothing, because Redis has already done it."""
    timeline = make({120 * n: bucket(1) for n in range(500)})
    for n in range(500):
        timeline.change_points(120, {120 * n: None})
    assert timeline.points() == []


starts = st.integers(0, 20).map(lambda n: 60 * n)


@given(st.dictionaries(starts, st.none() | st.integers(1, 9).map(bucket)), st.sets(starts))
def test_what_differs_is_what_was_changed(changes: dict[int, Sums | None], held: set[int]) -> None:
    before, after = ({start: bucket(5, 1) for start in held} for _ in range(2))
    old, new = make(before, before), make(after, after)
    new.change_points(120, changes)
    new.change_recent(changes)
    really = {start for start, of in changes.items() if of != before.get(start)}
    assert new.differing_points(old) == new.differing_recent(old) == really
