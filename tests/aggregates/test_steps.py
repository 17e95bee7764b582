from itertools import pairwise

import pytest

from aggregates.steps import MAX_POINTS, choose_step, limit_points, list_steps


def test_each_step_divides_the_next() -> None:
    """This allows joining points without their buckets."""
    steps = list_steps(60)
    assert steps[0] == 60
    assert all(wide % narrow == 0 for narrow, wide in pairwise(steps))


def test_the_smallest_step_that_fits_is_chosen() -> None:
    minutes = range(0, 60 * 500, 60)
    assert choose_step(minutes, list_steps(60), 500) == 60
    assert choose_step([*minutes, 60 * 500], list_steps(60), 500) == 120
    assert choose_step([], list_steps(60), 500) == 60


@pytest.mark.parametrize("starts", [(0, 253_402_300_799), range(0, 253_402_300_799, 10**8)])
def test_any_span_of_time_fits(starts: range) -> None:
    step = choose_step(starts, list_steps(60), 500)
    assert len({start - start % step for start in starts}) <= 500


def test_with_many_sums_there_are_fewer_points() -> None:
    assert limit_points(1) == limit_points(2) == MAX_POINTS
    assert limit_points(9) < 250
