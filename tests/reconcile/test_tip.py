"""A complete round and the rounds before it contain everything written before that round."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from reconcile.sighting import Round
from reconcile.stream import RecordsTrimmed
from reconcile.tip import StreamError, Tip
from tests.reconcile.streams import EXPIRED, LATER_ARN, StreamTable, follow


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def table() -> StreamTable:
    return StreamTable()


def keys(found: Round) -> list[str]:
    return [sighting.keys["donationId"]["S"] for sighting in found.sightings]


def make_tip(table: StreamTable, clock: Callable[[], float], **options: Any) -> Tip:
    """Return a tip that has read its first round."""
    tip = follow(table, clock, **options)
    tip.read_round()
    return tip


def test_it_begins_behind_the_newest_record_and_says_that_the_past_is_unknown(
    table: StreamTable, clock: Clock
) -> None:
    table.write("old")
    tip = follow(table, clock)
    first = tip.read_round()
    assert (keys(first), first.is_complete, first.is_broken) == ([], True, True)
    told = table.write("new")
    second = tip.read_round()
    assert (keys(second), second.is_complete, second.is_broken) == (["new"], True, False)
    assert second.sightings[0].sequence == int(told["dynamodb"]["SequenceNumber"])
    assert second.sightings[0].created_s == int(table.now_s)
    assert tip.read_round().sightings == []


def test_a_stream_as_old_as_its_table_is_read_from_its_start(
    table: StreamTable, clock: Clock
) -> None:
    table.write("first")
    found = follow(table, clock, from_start=True).read_round()
    assert (keys(found), found.is_complete, found.is_broken) == (["first"], True, False)


def test_an_idle_shard_costs_one_read_a_round(table: StreamTable, clock: Clock) -> None:
    tip = make_tip(table, clock)
    before = table.reads
    for _ in range(5):
        tip.read_round()
    assert table.reads - before == 5


def test_a_shard_that_ends_is_followed_by_its_children_in_the_same_round(
    table: StreamTable, clock: Clock
) -> None:
    tip = make_tip(table, clock)
    table.write("before")
    table.split("s1", "s2", "s3")
    table.write("after", "s3")
    found = tip.read_round()
    assert (sorted(keys(found)), found.is_complete) == (["after", "before"], True)
    listings = table.listings
    table.write("more", "s2")
    assert keys(tip.read_round()) == ["more"]
    # An ended shard does not cause a listing in every round.
    assert table.listings == listings


def test_a_shard_that_ends_without_children_confirms_nothing_until_they_are_there(
    table: StreamTable, clock: Clock
) -> None:
    tip = make_tip(table, clock)
    table.split("s1")
    assert not tip.read_round().is_complete
    table.split("s1", "s2")
    table.write("late", "s2")
    found = tip.read_round()
    assert (keys(found), found.is_complete) == (["late"], True)


def test_a_restart_resumes_where_the_rounds_were_confirmed(
    table: StreamTable, clock: Clock
) -> None:
    tip = make_tip(table, clock)
    table.write("one")
    cursors = tip.read_round().cursors
    table.write("two")
    table.split("s1", "s2")
    table.write("three", "s2")
    found = follow(table, clock, cursors=cursors).read_round()
    assert sorted(keys(found)) == ["three", "two"]
    assert (found.is_complete, found.is_broken) == (True, False)


def test_an_idle_shard_is_resumed_by_its_iterator(table: StreamTable, clock: Clock) -> None:
    cursors = follow(table, clock).read_round().cursors
    table.write("while nobody looked")
    found = follow(table, clock, cursors=cursors).read_round()
    assert (keys(found), found.is_broken) == (["while nobody looked"], False)


def test_an_iterator_that_expired_of_an_idle_shard_makes_the_past_unknown(
    table: StreamTable, clock: Clock
) -> None:
    cursors = follow(table, clock).read_round().cursors
    table.errors = [EXPIRED]
    tip = follow(table, clock, cursors=cursors)
    found = tip.read_round()
    assert (found.is_complete, found.is_broken) == (False, True)
    assert tip.read_round().is_complete


def test_an_iterator_that_expired_behind_a_record_is_made_again(
    table: StreamTable, clock: Clock
) -> None:
    tip = make_tip(table, clock)
    table.write("one")
    tip.read_round()
    table.write("two")
    table.errors = [EXPIRED]
    assert not tip.read_round().is_complete
    found = tip.read_round()
    assert (keys(found), found.is_broken) == (["two"], False)


def test_records_that_were_trimmed_make_the_past_unknown(table: StreamTable, clock: Clock) -> None:
    tip = make_tip(table, clock)
    table.errors = [RecordsTrimmed()]
    found = tip.read_round()
    assert (found.is_complete, found.is_broken) == (False, True)


def test_cursors_of_shards_that_are_gone_make_the_past_unknown(
    table: StreamTable, clock: Clock
) -> None:
    cursors = follow(table, clock).read_round().cursors
    table.parents, table.records = {"s9": "s8"}, {"s9": []}
    assert follow(table, clock, cursors=cursors).read_round().is_broken


def test_a_stream_that_was_made_again_is_found_and_makes_the_past_unknown(
    table: StreamTable, clock: Clock
) -> None:
    tip = make_tip(table, clock)
    table.enable_again()
    table.write("in the second stream", "t1")
    clock.now += 31
    found = tip.read_round()
    assert (keys(found), found.is_broken, found.is_complete) == (
        ["in the second stream"],
        True,
        True,
    )
    assert tip.arn == LATER_ARN
    assert all(":2026-11-22T18:00:00.000:" in name for name in found.cursors)


def test_a_stream_that_was_disabled_is_said(table: StreamTable, clock: Clock) -> None:
    tip = make_tip(table, clock)
    table.is_enabled = False
    clock.now += 31
    with pytest.raises(StreamError, match="has no stream"):
        tip.read_round()


def test_pages_without_records_are_not_the_tip_behind_a_cursor(
    table: StreamTable, clock: Clock
) -> None:
    """A stream has gaps: only several empty pages in a row mean that it is at its end."""
    tip = make_tip(table, clock)
    table.write("one")
    cursors = tip.read_round().cursors
    table.write("behind a gap")
    table.gaps = 2
    assert keys(follow(table, clock, cursors=cursors).read_round()) == ["behind a gap"]


def test_what_a_round_that_failed_has_read_is_in_the_next(table: StreamTable, clock: Clock) -> None:
    tip = make_tip(table, clock)
    table.write("one")
    read = table.read

    def fail_at_second(iterator: str) -> Any:
        page = read(iterator)
        if not page.records:
            raise ClientError({"Error": {"Code": "InternalServerError"}}, "GetRecords")
        return page

    table.read = fail_at_second  # type: ignore[method-assign]
    with pytest.raises(ClientError):
        tip.read_round()
    table.read = read  # type: ignore[method-assign]
    assert keys(tip.read_round()) == ["one"]


def test_a_flood_confirms_nothing_until_it_is_read(table: StreamTable, clock: Clock) -> None:
    tip = make_tip(table, clock)
    for number in range(250):
        table.write(f"d-{number}")
    assert not tip.read_round().is_complete
    assert tip.read_round().is_complete
