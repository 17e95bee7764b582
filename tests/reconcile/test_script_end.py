"""The end of a run, and what it corrects, as the scripts have it."""

import json
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from redis import Redis

from aggregates.batch import Change
from aggregates.board import Board
from aggregates.keys import CHANNEL, board_keys
from aggregates.lua_script import RunLostError
from aggregates.message import Proof, decode_message, format_time
from aggregates.scripts import apply_batch
from reconcile.scripts import (
    Correction,
    begin_recount,
    begin_sweep,
    mend_totals,
    prune_tombstones,
)
from tests.reading_back import snapshot_of
from tests.reconcile.scripted import (
    begin,
    claim,
    end_lease,
    finish,
    page,
    read_all,
    read_hash,
    read_hash_keys,
    seal,
    stream,
)
from tests.stream_events import donation


def read_to_the_end(
    redis: Redis, board: Board, *changes: Change, may_be_lost: bool = False
) -> None:
    """Begin a run whose only page has `changes`, up to the point of its proof."""
    keys = board_keys(board.name)
    run = begin(redis, board, may_be_lost=may_be_lost, epoch="e" * 16)
    version = int(run["started_version"])
    apply_batch(redis, keys, page(board, *changes, guard=version))
    begin_sweep(redis, keys, "first")


def test_the_end_of_a_run_is_noted_and_published(redis: Redis, board: Board) -> None:
    keys = board_keys(board.name)
    changes = [Change("d-1", 0, donation("d-1", "a:b")), Change("d-2", 0, donation("d-2", "Ü"))]
    read_to_the_end(redis, board, *changes)
    # A change that was undone is no drift.
    gone = page(board, Change("d-2", 0, None), field="cursor:sweep", start="0", end="1", guard=1)
    apply_batch(redis, keys, gone)
    with redis.pubsub(ignore_subscribe_messages=True) as pubsub:
        pubsub.subscribe(CHANNEL)
        assert pubsub.get_message(timeout=5) is None
        before = format_time(datetime.now(UTC))
        proven = finish(redis, board)
        after = format_time(datetime.now(UTC))
        message = None
        while message is None or message.board != board.name:
            published: Any = pubsub.get_message(timeout=5)
            assert published is not None
            message = decode_message(published["data"])
    drift = {"ALL": SUMS, "a:b": SUMS}
    assert (proven.version, proven.drift) == (3, drift)
    # Redis's clock is this machine's clock.
    assert before <= proven.verified_at <= after
    found = Proof(proven.verified_at, "s" * 40, drift)
    assert (message.epoch, message.version, message.at) == ("e" * 16, 3, proven.verified_at)
    assert (message.totals, message.rejected, message.proof) == ({}, 0, found)
    snapshot = snapshot_of(redis, board)
    assert snapshot is not None
    assert (snapshot.version, snapshot.at, snapshot.proof) == (3, proven.verified_at, found)
    assert read_hash(redis, keys.meta)["stale_before"] == "1000"
    assert not redis.exists(keys.reconcile)


SUMS = {"count": 1, "amount": 2500}


def test_an_end_whose_reply_was_lost_is_given_again(redis: Redis, board: Board) -> None:
    read_to_the_end(redis, board)
    proven = finish(redis, board)
    assert finish(redis, board) == proven


def test_a_run_that_found_nothing_has_no_drift(redis: Redis, board: Board) -> None:
    read_to_the_end(redis, board)
    finish(redis, board)
    assert json.loads(read_hash(redis, board_keys(board.name).meta)["drift"]) == {}


@pytest.mark.parametrize("lost", ["owner", "epoch", "run", "table"])
def test_a_run_that_goes_on_no_more_proves_nothing(redis: Redis, board: Board, lost: str) -> None:
    keys = board_keys(board.name)
    if lost == "table":
        begin(redis, board)
        with pytest.raises(RunLostError, match="has not read the whole table"):
            begin_sweep(redis, keys, "first")
    else:
        read_to_the_end(redis, board)
    if lost == "owner":
        end_lease(redis, board)
        claim(redis, board, segments=1, owner="second")
    elif lost == "epoch":
        redis.hset(keys.meta, "epoch", "f" * 16)
    elif lost == "run":
        redis.delete(keys.reconcile)
    before = read_all(redis, board)
    with pytest.raises(RunLostError):
        finish(redis, board)
    assert read_all(redis, board) == before


def test_steps_to_the_goal_are_looked_at_when_totals_are_repaired_and_not_before(
    redis: Redis, board: Board
) -> None:
    """Pages add new items before the sweep removes missing ones."""
    keys = board_keys(board.name)
    apply_batch(redis, keys, stream(board, Change("gone", 1, donation("gone", amount=600_000))))
    assert redis.hkeys(keys.milestones) == [b"50000000"]
    redis.delete(keys.milestones)
    seal(redis, board)
    new = Change("new", 0, donation("new", amount=600_000))
    read_to_the_end(redis, board, new, may_be_lost=True)
    # The stream continues, but reports no steps until the totals are proven.
    apply_batch(redis, keys, stream(board, Change("d-1", 2, donation("d-1", amount=1))))
    gone = page(board, Change("gone", 0, None), field="cursor:sweep", start="0", end="1", guard=1)
    apply_batch(redis, keys, gone)
    assert read_hash(redis, keys.totals)["ALL:amount"] == "60000100"
    assert not redis.exists(keys.milestones)
    finish(redis, board)
    assert read_hash_keys(redis, keys.milestones) == ["50000000"]
    # Proven totals stay right in between, too.
    apply_batch(redis, keys, stream(board, Change("d-2", 3, donation("d-2", amount=400_000))))
    assert read_hash_keys(redis, keys.milestones) == ["50000000", "100000000"]


def test_a_recount_keeps_entries_as_they_were_when_it_began(redis: Redis, board: Board) -> None:
    keys = board_keys(board.name)
    counted = [Change(key, 1, donation(key)) for key in ("changed", "left alone", "removed")]
    apply_batch(redis, keys, stream(board, *counted))
    begin(redis, board)
    before = redis.hgetall(keys.ledger)
    figures = begin_recount(redis, keys, "first", "a recount")
    assert figures.totals[b"ALL:count"] == b"3"
    assert figures.groups[b"=Facebook"] == b"1"
    assert figures.ranks == {b"Facebook": b"-7500"}
    assert figures.step_seconds == 60
    for sequence in (2, 3):
        changes = [
            Change("changed", sequence, donation("changed", amount=sequence)),
            Change("removed", sequence, None),
            Change("new", sequence, donation("new")),
        ]
        apply_batch(redis, keys, stream(board, *changes))
    assert redis.hgetall(keys.recount) == {
        b"changed": before[b"changed"],
        b"removed": before[b"removed"],
        b"new": b"",
    }


CORRECTION = Correction(
    owner="first",
    recount="a recount",
    measures=("count", "amount"),
    rank="amount",
    totals=[("Facebook", "amount", -7), ("Nobody", "count", -2)],
)


def test_totals_are_corrected_only_by_the_run_and_once(redis: Redis, board: Board) -> None:
    keys = board_keys(board.name)
    begin(redis, board)
    apply_batch(redis, keys, page(board, Change("d-1", 0, donation("d-1"))))
    redis.hincrby(keys.totals, "Facebook:amount", 7)
    redis.hset(keys.totals, mapping={"Nobody:count": 2, "Nobody:amount": 0})
    redis.zadd(keys.ranks, {"Facebook": -1, "Nobody": 0})
    seal(redis, board)
    begin_recount(redis, keys, "first", "a recount")
    # Meanwhile the stream continues.
    apply_batch(redis, keys, stream(board, Change("d-2", 1, donation("d-2"))))
    before = read_all(redis, board)
    with pytest.raises(RunLostError):
        mend_totals(redis, keys, CORRECTION._replace(owner="second"))
    mend_totals(redis, keys, CORRECTION._replace(recount="an earlier one"))
    assert read_all(redis, board) == before
    for _ in range(2):  # the second time, because the first one's reply was lost
        mend_totals(redis, keys, CORRECTION)
        assert read_hash(redis, keys.totals) == {
            "Facebook:count": "2",
            "Facebook:amount": "5000",
            "ALL:count": "2",
            "ALL:amount": "5000",
        }
    assert redis.zrange(keys.ranks, 0, -1, withscores=True) == [(b"Facebook", -5000.0)]
    assert read_hash(redis, keys.reconcile)["drift:Facebook:amount"] == "2493"
    assert read_hash(redis, keys.meta)["version"] == "3"
    assert not redis.exists(keys.recount)


def test_only_old_tombstones_are_forgotten(redis: Redis, board: Board) -> None:
    keys = board_keys(board.name)
    bad = donation("bad") | {"amount": {"S": "ten"}}
    changes = [
        Change("counted", 5, donation("counted")),
        Change("rejected", 6, bad),
        Change("removed", 7, None),
        Change("long", 10**40 - 1, None),
    ]
    apply_batch(redis, keys, stream(board, *changes))
    now = int(time.time())
    items = [change.key for change in changes] + ["unknown"]
    assert prune_tombstones(redis, keys, items, now - 1) == 0
    assert redis.hlen(keys.ledger) == 4
    assert prune_tombstones(redis, keys, ["removed"], now + 60) == 1
    assert prune_tombstones(redis, keys, items, now + 60) == 1
    assert set(read_hash_keys(redis, keys.ledger)) == {"counted", "rejected"}
