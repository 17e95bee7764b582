import time
from typing import Any

import pytest

from local.delivery import Delivery, EventSourceMapping, GivenUp, first_failed

Event = dict[str, Any]


def record(number: int, age_seconds: float = 0.0) -> dict[str, Any]:
    created = time.time() - age_seconds
    return {
        "dynamodb": {"SequenceNumber": str(number), "ApproximateCreationDateTime": created},
    }


def records(count: int) -> list[dict[str, Any]]:
    return [record(number) for number in range(1, count + 1)]


def numbers(event: Event) -> list[int]:
    return [int(r["dynamodb"]["SequenceNumber"]) for r in event["Records"]]


class Function:
    """A function whose answers are scripted: a response, or an exception to raise."""

    def __init__(self, *answers: object) -> None:
        self.answers = list(answers)
        self.calls: list[list[int]] = []

    def __call__(self, event: Event) -> object:
        self.calls.append(numbers(event))
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, Exception):
            raise answer
        return answer


class Shard:
    """A delivery with a simulated clock, which jumps to the next due time."""

    def __init__(self, function: Any, **mapping: Any) -> None:
        self.given_up: list[GivenUp] = []
        self.notes: list[str] = []
        self.waits: list[float] = []
        self.delivery = Delivery(
            EventSourceMapping(**mapping),
            function,
            give_up=self.given_up.append,
            notify=self.notes.append,
        )
        self._now = 100.0

    def deliver(self, *records: dict[str, Any], max_steps: int = 200) -> None:
        self.delivery.put(records)
        for _ in range(max_steps):
            wait = self.delivery.step(self._now)
            if wait is None:
                return
            self.waits.append(round(wait, 6))
            self._now += wait
        raise AssertionError(f"{self.delivery.waiting} records still wait after {max_steps} steps")


def failures(*identifiers: object) -> object:
    return {"batchItemFailures": [{"itemIdentifier": number} for number in identifiers]}


def test_a_batch_has_at_most_the_mappings_size_and_keeps_the_order() -> None:
    function = Function()
    Shard(function, batch_size=2).deliver(*records(5))
    assert function.calls == [[1, 2], [3, 4], [5]]


def test_delivery_starts_again_at_the_lowest_number_reported() -> None:
    function = Function(failures("4", "3"))
    Shard(function).deliver(*records(5))
    assert function.calls == [[1, 2, 3, 4, 5], [3, 4, 5]]


def test_a_batch_that_fails_holds_up_those_behind_it() -> None:
    function = Function(failures("2"), failures("2"))
    Shard(function, batch_size=2).deliver(*records(4))
    assert function.calls == [[1, 2], [2], [2], [3, 4]]


def test_an_unknown_identifier_brings_the_whole_batch_again() -> None:
    function = Function(failures("2", "77"))
    Shard(function).deliver(*records(3))
    assert function.calls == [[1, 2, 3], [1, 2, 3]]


def test_an_exception_brings_the_whole_batch_again() -> None:
    function = Function(RuntimeError("no"))
    shard = Shard(function, bisect=False)
    shard.deliver(*records(3))
    assert function.calls == [[1, 2, 3], [1, 2, 3]]
    assert "RuntimeError: no" in shard.notes[0]


def test_bisect_isolates_the_one_record_that_makes_the_function_raise() -> None:
    done: list[int] = []

    def function(event: Event) -> None:
        if 3 in numbers(event):
            raise RuntimeError("record 3")
        done.extend(numbers(event))

    shard = Shard(function, retries=2, bisect=True)
    shard.deliver(*records(4))
    assert done == [1, 2, 4]
    [given_up] = shard.given_up
    assert [numbers({"Records": given_up.records}), given_up.attempts] == [[3], 3]


def test_the_halves_of_a_batch_come_before_the_batches_behind_it() -> None:
    function = Function(RuntimeError("once"))
    Shard(function, batch_size=4, bisect=True).deliver(*records(6))
    assert function.calls == [[1, 2, 3, 4], [1, 2], [3, 4], [5, 6]]


def test_splitting_a_batch_uses_up_no_retry() -> None:
    function = Function(RuntimeError("once"))
    shard = Shard(function, retries=0, bisect=True)
    shard.deliver(*records(4))
    assert function.calls == [[1, 2, 3, 4], [1, 2], [3, 4]]
    assert shard.given_up == []


def test_a_batch_is_given_up_when_its_retries_are_used_up_and_the_next_is_delivered() -> None:
    function = Function(*[RuntimeError("no")] * 3)
    shard = Shard(function, retries=2, bisect=False, batch_size=2)
    shard.deliver(*records(3))
    assert function.calls == [[1, 2], [1, 2], [1, 2], [3]]
    [given_up] = shard.given_up
    assert (given_up.attempts, given_up.raised) == (3, True)


def test_behind_a_new_checkpoint_the_retries_start_anew() -> None:
    function = Function(failures("1"), failures("2"), failures("2"), failures("3"))
    shard = Shard(function, retries=2)
    shard.deliver(*records(3))
    assert function.calls == [[1, 2, 3], [1, 2, 3], [2, 3], [2, 3], [3]]
    assert shard.given_up == []


def test_retries_without_a_bound_never_give_up_and_wait_longer_up_to_a_limit() -> None:
    function = Function(*[RuntimeError("no")] * 50)
    shard = Shard(function, retries=None)
    shard.deliver(*records(1))
    assert len(function.calls) == 51
    assert shard.given_up == []
    assert shard.waits == sorted(shard.waits)
    assert shard.waits[-1] == pytest.approx(5.0)


def test_a_batch_is_given_up_when_its_first_record_is_too_old() -> None:
    old, new = record(1, age_seconds=3601), record(2, age_seconds=10)
    function = Function(*[RuntimeError("no")] * 3)
    shard = Shard(function, record_age_seconds=3600, bisect=False)
    shard.deliver(old)
    [given_up] = shard.given_up
    assert list(given_up.records) == [old]
    shard.deliver(new)
    assert len(shard.given_up) == 1
    assert function.calls == [[1], [2], [2], [2]]


def test_nothing_is_delivered_before_it_is_due() -> None:
    function = Function(failures("1"))
    delivery = Delivery(EventSourceMapping(), function, give_up=print, notify=lambda _: None)
    delivery.put([record(1)])
    wait = delivery.step(100.0)
    assert wait is not None
    assert wait > 0
    delivery.step(100.0 + wait / 2)
    assert function.calls == [[1]]
    assert delivery.step(100.0 + wait + 0.001) is None
    assert function.calls == [[1], [1]]


@pytest.mark.parametrize(
    "response", [None, {}, {"batchItemFailures": []}, {"batchItemFailures": None}, ""]
)
def test_an_empty_response_is_success(response: object) -> None:
    assert first_failed(response, ["1", "2"]) is None


@pytest.mark.parametrize(
    "response",
    [
        failures(""),
        failures(None),
        {"batchItemFailures": [{"wrong": "2"}]},
        {"batchItemFailures": "2"},
        {"batchItemFailures": [["2"]]},
        ["2"],
    ],
)
def test_a_response_that_names_no_record_of_the_batch_is_a_failure_of_it_all(
    response: object,
) -> None:
    assert first_failed(response, ["1", "2"]) == 0
