import pytest

from reconcile.capacity import ReadCapacity, read_units


class Clock:
    """A clock that advances only when somebody waits."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_reading_keeps_to_the_rate_over_time() -> None:
    clock = Clock()
    capacity = ReadCapacity(50, clock)
    for _ in range(100):
        clock.now += capacity.take(10)
    assert clock.now - 1000 == pytest.approx(1000 / 50)


def test_threads_share_the_rate() -> None:
    capacity = ReadCapacity(50, Clock())
    assert [capacity.take(25) for _ in range(3)] == [0.5, 1.0, 1.5]


def test_time_that_was_not_used_is_not_saved_up() -> None:
    clock = Clock()
    capacity = ReadCapacity(50, clock)
    capacity.take(25)
    clock.now += 3600
    assert capacity.take(25) == 0.5


def test_without_a_bound_nobody_waits() -> None:
    capacity = ReadCapacity(0, Clock())
    assert [capacity.take(10**9), capacity.take(10**9)] == [0, 0]


def test_units_are_those_that_the_service_says() -> None:
    assert read_units({"Items": [], "ConsumedCapacity": {"CapacityUnits": 128.5}}) == 128.5


@pytest.mark.parametrize(("size", "units"), [(10, 1), (4000, 1), (5000, 2), (100_000, 25)])
def test_units_are_estimated_where_the_service_does_not_say(size: int, units: int) -> None:
    assert read_units({"Items": [{"a": {"S": "x" * size}}]}) == units
