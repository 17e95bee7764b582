"""The scripts of a reconcile run, on a real Redis."""

import time
from typing import Any

import pytest
from redis import Redis

from aggregates.batch import BatchEncoder, Change
from aggregates.board import Board
from aggregates.keys import board_keys
from aggregates.lua_script import RunLostError
from aggregates.scripts import apply_batch
from reconcile.scripts import (
    begin_run,
    begin_sweep,
)
from tests.proof import prove_totals
from tests.reconcile.scripted import (
    AT,
    START,
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

LATER = "2026-11-21T19:05:00.000Z"


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
