"""The scripts of a reconcile run, on a real Redis."""

import json
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from redis import Redis

from aggregates.batch import Batch, BatchEncoder, Change, PagePlace
from aggregates.board import Board
from aggregates.keys import CHANNEL, board_keys
from aggregates.lua_script import RunLostError
from aggregates.message import Proof, decode_message, format_time
from aggregates.scripts import apply_batch
from reconcile.scripts import (
    Correction,
    Proven,
    Start,
    begin_recount,
    begin_run,
    begin_sweep,
    claim_run,
    finish_run,
    mend_totals,
    prolong_run,
    prune_tombstones,
)
from tests.proof import make_claim, prove_totals
from tests.stream_events import donation
from tests.test_exactness import snapshot_of

AT = "2026-11-21T19:04:11.218Z"
LATER = "2026-11-21T19:05:00.000Z"
START = Start("first", "s" * 40, AT, stale_before=1000)


def claim(redis: Redis, board: Board, **changes: Any) -> dict[str, str]:
    usual = {"epoch": "e" * 16, "server": "s" * 40, "segments": 2, "owner": "first"}
    claim = make_claim(redis, board, **{"resume_ms": 60_000, "at": AT} | usual | changes)
    return claim_run(redis, board_keys(board.name), claim)


def begin(redis: Redis, board: Board, **changes: Any) -> dict[str, str]:
    """Claim a run of one segment and begin it."""
    claim(redis, board, segments=1)
    return begin_run(redis, board_keys(board.name), START._replace(**changes))


def finish(redis: Redis, board: Board, owner: str = "first") -> Proven:
    return finish_run(redis, board_keys(board.name), board, owner)


def read_to_the_end(
    redis: Redis, board: Board, *changes: Change, may_be_lost: bool = False
) -> None:
    """Begin a run whose only page has `changes`, up to the point of its proof."""
    keys = board_keys(board.name)
    run = begin(redis, board, may_be_lost=may_be_lost, epoch="e" * 16)
    version = int(run["started_version"])
    apply_batch(redis, keys, page(board, *changes, guard=version))
    begin_sweep(redis, keys, "first")


def page(board: Board, *changes: Change, start: str = "", end: str = "end", **of: Any) -> Batch:
    place = PagePlace(of.get("owner", "first"), of.get("field", "cursor:0"), start, end)
    return BatchEncoder(board).encode_page(changes, guard_version=of.get("guard", 0), place=place)


def stream(board: Board, *changes: Change) -> Batch:
    return BatchEncoder(board).encode_stream(changes, stream_ms=1)


def read_hash(redis: Redis, key: str) -> dict[str, str]:
    reply: Any = redis.hgetall(key)
    return {field.decode(): value.decode() for field, value in reply.items()}


def read_all(redis: Redis, board: Board) -> dict[str, Any]:
    """Return the content of every key of a board as comparable text."""
    return {key: redis.dump(key) and read_key(redis, key) for key in board_keys(board.name)}


def read_key(redis: Redis, key: str) -> Any:
    if redis.type(key) == b"zset":
        return redis.zrange(key, 0, -1, withscores=True)
    return redis.hgetall(key)


def seal(redis: Redis, board: Board) -> None:
    """Renew the seal of a board that a test has changed by hand."""
    keys = board_keys(board.name)
    sealed = [keys.totals, keys.ledger, keys.groups, keys.timeline, keys.ticker, keys.milestones]
    sealed += [keys.rejected, keys.recount, keys.recent]
    sizes = [*(redis.hlen(key) for key in sealed), redis.zcard(keys.ranks)]
    redis.hset(keys.meta, "sizes", ",".join(map(str, sizes)))


def end_lease(redis: Redis, board: Board) -> None:
    redis.hset(board_keys(board.name).reconcile, "lease_until_ms", 1)


# Claim and begin


def test_a_claim_makes_a_run_that_has_yet_to_begin_and_a_board_without_keys(
    redis: Redis, board: Board
) -> None:
    before = time.time()
    run = claim(redis, board)
    lease_until, heard = (int(run.pop(name)) / 1000 for name in ("lease_until_ms", "heard_ms"))
    assert before + 59 < lease_until < time.time() + 61
    assert before - 1 < heard < time.time() + 1
    assert run == {
        "epoch": "e" * 16,
        "segments": "2",
        "items": "0",
        "owner": "first",
        "holder": "a test",
        "claimed_at": AT,
    }
    assert read_hash(redis, board_keys(board.name).meta) == {
        "epoch": "e" * 16,
        "version": "0",
        "definition": board.definition,
        "at": AT,
        "sizes": "0,0,0,0,0,0,0,0,0,0",
    }


def test_a_run_begins_at_the_version_that_the_board_has_then(redis: Redis, board: Board) -> None:
    keys = board_keys(board.name)
    claim(redis, board)
    apply_batch(redis, keys, stream(board, Change("d-1", 1, donation("d-1"))))
    run = begin_run(redis, keys, START._replace(at=LATER))
    assert {name: run[name] for name in run if name not in ("lease_until_ms", "heard_ms")} == {
        "epoch": "e" * 16,
        "server": "s" * 40,
        "segments": "2",
        "started_version": "1",
        "started_at": LATER,
        "stale_before": "1000",
        "read_stream": "0",
        "items": "0",
        "cursor:sweep": "0",
        "cursor:0": "",
        "cursor:1": "",
        "owner": "first",
        "holder": "a test",
        "claimed_at": AT,
    }


def test_a_claim_leaves_a_board_that_has_keys_as_it_is(redis: Redis, board: Board) -> None:
    keys = board_keys(board.name)
    apply_batch(redis, keys, stream(board, Change("d-1", 1, donation("d-1"))))
    meta = read_hash(redis, keys.meta)
    assert claim(redis, board)["epoch"] == meta["epoch"]
    assert read_hash(redis, keys.meta) == meta


def test_a_claim_under_another_definition_empties_the_board(redis: Redis, board: Board) -> None:
    keys = board_keys(board.name)
    apply_batch(redis, keys, stream(board, Change("d-1", 1, donation("d-1"))))
    claim(redis, board, definition="another", epoch="f" * 16)
    meta = read_hash(redis, keys.meta)
    assert (meta["epoch"], meta["version"], meta["definition"]) == ("f" * 16, "0", "another")
    assert not redis.exists(keys.ledger, keys.totals, keys.timeline, keys.ticker, keys.groups)


def test_but_not_while_another_is_at_it(redis: Redis, board: Board) -> None:
    first = claim(redis, board)
    before = read_all(redis, board)
    assert claim(redis, board, definition="another", owner="second") == first
    assert read_all(redis, board) == before


def test_a_board_that_has_met_nearly_as_many_streams_as_it_can_name_is_counted_anew(
    redis: Redis, board: Board
) -> None:
    keys = board_keys(board.name)
    for made_ms in range(1, 202):
        change = Change("d-1", 1, donation("d-1"))
        batch = BatchEncoder(board).encode_stream([change], stream_ms=made_ms)
        apply_batch(redis, keys, batch)
    epoch = read_hash(redis, keys.meta)["epoch"]
    claim(redis, board)
    meta = read_hash(redis, keys.meta)
    assert meta["epoch"] != epoch
    assert "streams" not in meta


def test_a_second_claim_is_told_of_the_first_and_changes_nothing(
    redis: Redis, board: Board
) -> None:
    first = claim(redis, board)
    before = read_all(redis, board)
    assert claim(redis, board, owner="second", holder="another") == first
    assert read_all(redis, board) == before


def test_a_claim_or_a_beginning_whose_reply_was_lost_is_given_again(
    redis: Redis, board: Board
) -> None:
    assert claim(redis, board) == claim(redis, board)
    first = begin_run(redis, board_keys(board.name), START)
    assert begin_run(redis, board_keys(board.name), START._replace(at=LATER)) == first


def test_a_claim_goes_on_where_a_dead_run_stopped(redis: Redis, board: Board) -> None:
    keys = board_keys(board.name)
    begin(redis, board)
    apply_batch(redis, keys, page(board, Change("d-1", 0, donation("d-1")), end="there"))
    end_lease(redis, board)
    run = claim(redis, board, segments=1, owner="second", holder="another", at=LATER)
    assert (run["owner"], run["holder"]) == ("second", "another")
    assert (run["cursor:0"], run["items"]) == ("there", "1")
    assert (run["started_version"], run["started_at"]) == ("0", AT)
    assert run["drift:Facebook:amount"] == "2500"


@pytest.mark.parametrize("lost", ["epoch", "version", "server", "segments", "heard_ms"])
def test_a_claim_starts_over_where_what_was_read_does_not_hold(
    redis: Redis, board: Board, lost: str
) -> None:
    keys = board_keys(board.name)
    apply_batch(redis, keys, stream(board, Change("d-0", 1, donation("d-0"))))
    begin(redis, board)
    apply_batch(redis, keys, page(board, Change("d-1", 0, donation("d-1")), end="there", guard=1))
    end_lease(redis, board)
    changes: dict[str, Any] = {}
    if lost == "epoch":
        redis.hset(keys.meta, "epoch", "f" * 16)
    elif lost == "version":
        redis.hset(keys.meta, "version", "0")
    elif lost == "heard_ms":
        # The stream may have lost a batch since, so earlier reads prove nothing.
        redis.hset(keys.reconcile, "heard_ms", round((time.time() - 61) * 1000))
    else:
        changes[lost] = {"server": "t" * 40, "segments": 2}[lost]
    run = claim(redis, board, **{"segments": 1, "owner": "second", "at": LATER} | changes)
    assert "started_version" not in run
    assert run["items"] == "0"
    assert not [field for field in run if field.startswith(("drift:", "cursor:"))]


def test_where_data_may_be_lost_the_board_gets_another_epoch(redis: Redis, board: Board) -> None:
    """With an older state, versions repeat with different figures."""
    keys = board_keys(board.name)
    apply_batch(redis, keys, stream(board, Change("d-1", 1, donation("d-1"))))
    before = read_hash(redis, keys.meta)
    run = begin(redis, board, may_be_lost=True, epoch="f" * 16)
    meta = read_hash(redis, keys.meta)
    assert (run["epoch"], meta["epoch"], meta["repairing"]) == ("f" * 16, "f" * 16, "1")
    assert before["epoch"] != meta["epoch"]
    read_to = page(board, Change("d-1", 0, donation("d-1")), guard=1)
    apply_batch(redis, keys, read_to)
    begin_sweep(redis, keys, "first")
    finish(redis, board)
    meta = read_hash(redis, keys.meta)
    assert meta["epoch"] == "f" * 16
    assert "repairing" not in meta


def test_where_data_may_be_lost_an_earlier_proof_holds_no_more(redis: Redis, board: Board) -> None:
    """The run may die; a board with an epoch unknown to its pages would count as proven forever."""
    keys = board_keys(board.name)
    prove_totals(redis, board, AT)
    proof = {"verified_at", "verified_by", "verified_server", "drift"}
    assert read_hash(redis, keys.meta).keys() >= proof
    begin(redis, board, may_be_lost=True, epoch="f" * 16)
    assert not read_hash(redis, keys.meta).keys() & proof


@pytest.mark.parametrize("lost", ["owner", "run", "epoch"])
def test_only_its_owner_begins_a_run(redis: Redis, board: Board, lost: str) -> None:
    keys = board_keys(board.name)
    claim(redis, board)
    if lost == "owner":
        redis.hset(keys.reconcile, "owner", "second")
    elif lost == "run":
        redis.delete(keys.reconcile)
    else:
        redis.hset(keys.meta, "epoch", "f" * 16)
    before = read_all(redis, board)
    with pytest.raises(RunLostError):
        begin_run(redis, keys, START)
    assert read_all(redis, board) == before


def test_a_run_begins_with_a_ticker_of_what_is_counted_and_open_to_all(
    redis: Redis, board: Board
) -> None:
    assert board.ticker is not None
    keys = board_keys(board.name)
    gone = [
        Change(f"test-{n}", n + 1, donation(f"test-{n}", donated_at=f"2026-11-22T00:00:{n:02}Z"))
        for n in range(board.ticker.capacity + 3)
    ]
    apply_batch(redis, keys, stream(board, *gone))
    real = Change("real", 1, donation("real"))
    apply_batch(redis, keys, stream(board, real))
    apply_batch(redis, keys, stream(board, *(Change(c.key, 99, None) for c in gone)))
    # It is older than an item that once fell out of the ticker.
    assert redis.hlen(keys.ticker) == 0
    # An item that was removed while the board had no ticker.
    redis.hset(keys.ticker, "test-0", '{"at_ms":2,"id":99,"attributes":{}}')
    seal(redis, board)
    version = int(read_hash(redis, keys.meta)["version"])
    assert begin(redis, board)["started_version"] == str(version + 1)
    assert redis.hlen(keys.ticker) == 0
    apply_batch(redis, keys, page(board, Change("real", 0, donation("real")), guard=version + 1))
    assert read_hash_keys(redis, keys.ticker) == ["real"]


def test_a_run_begins_with_totals_that_can_be_added_to(redis: Redis, board: Board) -> None:
    keys = board_keys(board.name)
    apply_batch(redis, keys, stream(board, Change("d-1", 1, donation("d-1"))))
    redis.hset(keys.totals, mapping={"Facebook:amount": "2500.5", "ALL:amount": str(10**17)})
    begin(redis, board)
    totals = read_hash(redis, keys.totals)
    assert (totals["Facebook:amount"], totals["ALL:amount"]) == ("0", "0")
    assert totals["ALL:count"] == "1"


# The lease


def test_the_owner_prolongs_its_lease_and_gives_it_up(redis: Redis, board: Board) -> None:
    keys = board_keys(board.name)
    claim(redis, board, lease_ms=1)
    assert prolong_run(redis, keys, "first", 60_000)
    assert int(read_hash(redis, keys.reconcile)["lease_until_ms"]) > (time.time() + 50) * 1000
    assert prolong_run(redis, keys, "first", 0)
    assert claim(redis, board, owner="second")["owner"] == "second"


def test_nobody_else_does(redis: Redis, board: Board) -> None:
    keys = board_keys(board.name)
    assert not prolong_run(redis, keys, "first", 60_000)
    claim(redis, board)
    before = read_all(redis, board)
    assert not prolong_run(redis, keys, "second", 0)
    assert read_all(redis, board) == before


# Pages


def test_a_page_moves_its_cursor_and_counts_items(redis: Redis, board: Board) -> None:
    keys = board_keys(board.name)
    begin(redis, board)
    changes = [Change("d-1", 0, donation("d-1")), Change("d-2", 0, donation("d-2", "Phone", -1))]
    assert apply_batch(redis, keys, page(board, *changes, end="there")) == (1, 2, 0)
    run = read_hash(redis, keys.reconcile)
    assert (run["cursor:0"], run["items"]) == ("there", "2")
    drift = {field: value for field, value in run.items() if field.startswith("drift:")}
    assert drift == {
        "drift:ALL:count": "2",
        "drift:ALL:amount": "2400",
        "drift:Facebook:count": "1",
        "drift:Facebook:amount": "2500",
        "drift:Phone:count": "1",
        "drift:Phone:amount": "-100",
    }


def test_a_page_that_comes_again_changes_nothing(redis: Redis, board: Board) -> None:
    keys = board_keys(board.name)
    begin(redis, board)
    first = page(board, Change("d-1", 0, donation("d-1")))
    apply_batch(redis, keys, first)
    before = read_all(redis, board)
    assert apply_batch(redis, keys, first) == (1, 0, 1)
    assert read_all(redis, board) == before


def test_a_page_that_finds_all_right_moves_its_cursor_and_no_version(
    redis: Redis, board: Board
) -> None:
    keys = board_keys(board.name)
    apply_batch(redis, keys, stream(board, Change("d-1", 1, donation("d-1"))))
    begin(redis, board)
    # The stream has changed the item since the guard.
    found = page(board, Change("d-1", 0, donation("d-1", "Phone")), guard=0)
    assert apply_batch(redis, keys, found) == (1, 0, 1)
    run = read_hash(redis, keys.reconcile)
    assert (run["cursor:0"], run["items"]) == ("end", "1")


@pytest.mark.parametrize(
    "of",
    [{"owner": "second"}, {"start": "elsewhere"}, {"field": "cursor:9"}],
    ids=["another owner", "another place", "another segment"],
)
def test_a_page_that_is_not_of_the_run_is_refused_and_writes_nothing(
    redis: Redis, board: Board, of: dict[str, str]
) -> None:
    keys = board_keys(board.name)
    begin(redis, board)
    apply_batch(redis, keys, page(board, Change("d-1", 0, donation("d-1")), end="there"))
    before = read_all(redis, board)
    late = page(board, Change("d-2", 0, donation("d-2")), **{"start": "there", "end": "x"} | of)
    with pytest.raises(RunLostError):
        apply_batch(redis, keys, late)
    assert read_all(redis, board) == before


# Finish


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


# Recount and correction


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


# Prune


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


def read_hash_keys(redis: Redis, key: str) -> list[str]:
    reply: Any = redis.hkeys(key)
    return [field.decode() for field in reply]
