from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.delivery import EventSourceMapping, GivenUp
from local.event_source import EventSource
from reconcile.stream import IteratorExpired, RecordsTrimmed, Shard, StreamPage

ARN = "arn:aws:dynamodb:us-east-1:0:table/donations/stream/2026-11-21T09:47:24.090"


def record(number: int) -> dict[str, Any]:
    dynamodb = {"SequenceNumber": str(number), "Keys": {"donationId": {"S": f"d-{number}"}}}
    return {"eventID": f"e-{number}", "eventName": "INSERT", "dynamodb": dynamodb}


class FakeStream:
    """Shards as plain lists of numbers; an iterator is `shard/place`."""

    def __init__(self, shards: dict[str, list[int]], parents: dict[str, str] | None = None) -> None:
        self.shards = shards
        self.parents = parents or {}
        self.closed: set[str] = set()
        self.faults: list[Exception] = []
        self.broken: dict[str, Exception] = {}
        self.unlisted: list[Exception] = []
        self.iterators_asked: list[tuple[str, str | None]] = []
        self.page = 1000

    def list_shards(self) -> list[Shard]:
        if self.unlisted:
            raise self.unlisted.pop(0)
        # List children first: the order of the listing must not matter.
        return [Shard(name, self.parents.get(name)) for name in reversed(self.shards)]

    def get_iterator(self, shard_id: str, after: str | None, start: str = "OLDEST") -> str:
        assert start
        self.iterators_asked.append((shard_id, after))
        place = 0 if after is None else self.shards[shard_id].index(int(after)) + 1
        return f"{shard_id}/{place}"

    def read(self, iterator: str) -> StreamPage:
        if self.faults:
            raise self.faults.pop(0)
        shard_id, _, start = iterator.partition("/")
        if shard_id in self.broken:
            raise self.broken[shard_id]
        records = self.shards[shard_id][int(start) : int(start) + self.page]
        place = int(start) + len(records)
        at_end = shard_id in self.closed and place == len(self.shards[shard_id])
        return StreamPage([record(n) for n in records], None if at_end else f"{shard_id}/{place}")


class Trial:
    """An event source over a fake stream, with a clock that jumps to whatever is due next."""

    def __init__(self, stream: FakeStream, **mapping: Any) -> None:
        self.batches: list[list[int]] = []
        self.answer: Callable[[list[int]], object] = lambda _: None
        self.given_up: list[tuple[str, GivenUp]] = []
        self.drained: list[int] = []
        self.notes: list[str] = []
        self.trimmed = 0
        self.now = 1000.0
        self.source = EventSource(
            stream,
            ARN,
            self._invoke,
            mapping=EventSourceMapping(**mapping),
            give_up=lambda shard_id, given_up: self.given_up.append((shard_id, given_up)),
            notify=self.notes.append,
            mark_drained=self.drained.append,
            on_trimmed=self._note_trimmed,
            poll_seconds=0.05,
        )

    @property
    def delivered(self) -> list[int]:
        return [number for batch in self.batches for number in batch]

    def step(self, times: int = 1) -> None:
        for _ in range(times):
            self.now += self.source.step(self.now)

    def _invoke(self, event: dict[str, Any]) -> object:
        batch = [int(r["dynamodb"]["SequenceNumber"]) for r in event["Records"]]
        self.batches.append(batch)
        return self.answer(batch)

    def _note_trimmed(self) -> None:
        self.trimmed += 1


def test_a_stream_is_delivered_from_its_oldest_record_in_order() -> None:
    stream = FakeStream({"a": [1, 2, 3]})
    trial = Trial(stream)
    trial.step(3)
    stream.shards["a"] += [4, 5]
    trial.step(3)
    assert trial.batches == [[1, 2, 3], [4, 5]]


def test_a_parents_records_come_before_its_childrens() -> None:
    stream = FakeStream({"a": [1, 2], "b": [3], "c": [4]}, parents={"b": "a", "c": "b"})
    stream.closed = {"a", "b"}
    trial = Trial(stream)
    trial.step(20)
    assert trial.delivered == [1, 2, 3, 4]


def test_a_child_waits_while_its_parents_batch_fails() -> None:
    stream = FakeStream({"a": [1, 2], "b": [3]}, parents={"b": "a"})
    stream.closed = {"a"}
    trial = Trial(stream)
    trial.answer = lambda _: {"batchItemFailures": [{"itemIdentifier": "2"}]}
    trial.step(10)
    assert 3 not in trial.delivered
    trial.answer = lambda _: None
    trial.step(20)
    assert trial.delivered[-1] == 3


def test_a_shard_whose_parent_was_trimmed_away_is_delivered() -> None:
    trial = Trial(FakeStream({"b": [3]}, parents={"b": "gone"}))
    trial.step(2)
    assert trial.delivered == [3]


def test_a_failing_shard_does_not_hold_up_another() -> None:
    trial = Trial(FakeStream({"a": [1], "b": [2]}))

    def fail_first(batch: list[int]) -> object:
        return {"batchItemFailures": [{"itemIdentifier": "1"}]} if 1 in batch else None

    trial.answer = fail_first
    trial.step(3)
    assert 2 in trial.delivered


def test_an_expired_iterator_is_renewed_behind_the_last_record_read() -> None:
    stream = FakeStream({"a": [1, 2]})
    trial = Trial(stream)
    trial.step(2)
    stream.faults = [IteratorExpired()]
    stream.shards["a"].append(3)
    trial.step(4)
    assert trial.delivered == [1, 2, 3]
    assert stream.iterators_asked == [("a", None), ("a", "2")]


def test_lost_records_are_told_and_delivery_goes_on_at_the_oldest() -> None:
    stream = FakeStream({"a": [1]})
    trial = Trial(stream)
    trial.step(2)
    stream.faults = [RecordsTrimmed()]
    stream.shards["a"] = [8, 9]
    trial.step(4)
    assert trial.trimmed == 1
    assert trial.delivered == [1, 8, 9]


def test_a_window_gathers_records_of_several_reads_to_one_batch() -> None:
    stream = FakeStream({"a": [1]})
    trial = Trial(stream, window_seconds=0.5)
    trial.step(2)
    stream.shards["a"] += [2, 3]
    trial.step(2)
    assert trial.batches == []
    trial.step(20)
    assert trial.batches == [[1, 2, 3]]


def test_a_full_batch_does_not_wait_for_the_window() -> None:
    trial = Trial(FakeStream({"a": [1, 2, 3, 4]}), window_seconds=60.0, batch_size=2)
    began = trial.now
    trial.step(2)
    assert trial.batches == [[1, 2], [3, 4]]
    assert trial.now - began < 1


def test_records_that_wait_are_read_on_at_once_and_an_idle_shard_after_a_pause() -> None:
    stream = FakeStream({"a": [1, 2, 3]})
    stream.page = 1
    trial = Trial(stream)
    began = trial.now
    trial.step(3)
    assert trial.delivered == [1, 2, 3]
    assert trial.now == began
    trial.step(2)
    assert trial.now == pytest.approx(began + 0.1)


def test_drained_is_marked_only_when_a_read_found_nothing_and_nothing_waits() -> None:
    stream = FakeStream({"a": [1]})
    trial = Trial(stream)
    trial.answer = lambda _: {"batchItemFailures": [{"itemIdentifier": "1"}]}
    trial.step(8)
    assert trial.drained == []
    trial.answer = lambda _: None
    trial.step(3)
    assert trial.delivered[-1] == 1
    assert len(trial.drained) > 0


def test_drained_is_marked_by_the_shard_that_was_read_least_recently() -> None:
    stream = FakeStream({"a": [], "b": [2]})
    trial = Trial(stream)
    trial.answer = lambda _: {"batchItemFailures": [{"itemIdentifier": "2"}]}
    trial.step(8)
    assert trial.drained == []
    trial.answer = lambda _: None
    trial.step(200)
    assert trial.delivered[-1] == 2
    assert trial.drained == sorted(trial.drained)
    assert trial.drained


def test_a_shard_that_cannot_be_read_holds_up_no_other_and_is_told_once() -> None:
    stream = FakeStream({"a": [1], "b": [2]})
    stream.broken = {"a": ClientError({"Error": {"Code": "InternalServerError"}}, "GetRecords")}
    trial = Trial(stream)
    trial.step(100)
    assert trial.delivered == [2]
    [note] = trial.notes
    assert "the stream cannot be read (a), trying again: " in note
    # It does not know what the other one has delivered.
    assert trial.drained == []
    stream.broken = {}
    trial.step(100)
    assert trial.delivered == [2, 1]
    assert trial.drained


def test_shards_that_cannot_be_listed_are_asked_for_again() -> None:
    stream = FakeStream({"a": [1]})
    stream.unlisted = [ClientError({"Error": {"Code": "LimitExceededException"}}, "DescribeStream")]
    trial = Trial(stream)
    began = trial.now
    trial.step(100)
    assert trial.delivered == [1]
    assert trial.now - began >= 1
    assert len(trial.notes) == 1


def test_drained_is_not_marked_while_a_window_gathers() -> None:
    trial = Trial(FakeStream({"a": [1]}), window_seconds=0.5)
    trial.step(4)
    assert trial.batches == []
    assert trial.drained == []


def test_records_given_up_are_told_with_their_shard() -> None:
    trial = Trial(FakeStream({"a": [1, 2]}), retries=0, bisect=False)

    def fail(_: list[int]) -> object:
        raise RuntimeError("no")

    trial.answer = fail
    trial.step(2)
    [(shard_id, given_up)] = trial.given_up
    assert shard_id == "a"
    assert len(given_up.records) == 2
