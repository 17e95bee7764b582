"""The scripts that a run of reconcile is made of, on a real Redis."""

import json
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from redis import Redis

from aggregates.batch import Batch, BatchEncoder, Change, PagePlace
from aggregates.board import Board
from aggregates.keys import CHANNEL, board_keys
from aggregates.message import SCHEMA, Proof, decode_message
from aggregates.scripts import (
    DefinitionError,
    RunLostError,
    apply_batch,
    claim_run,
    finish_run,
    mend_totals,
    prune_tombstones,
)
from tests.stream_events import donation
from tests.test_exactness import snapshot_of

AT = "2026-11-21T19:04:11.218Z"
LATER = "2026-11-21T19:05:00.000Z"


def claim(redis: Redis, board: Board, **changes: Any) -> dict[str, str]:
    fields = {
        "definition": board.definition,
        "epoch": "e" * 16,
        "server": "s" * 40,
        "segments": 2,
        "owner": "first",
        "holder": "a test",
        "lease_ms": 60_000,
        "at": AT,
    }
    return claim_run(redis, board_keys(board.name), fields | changes)


def finish(redis: Redis, board: Board, owner: str = "first") -> int:
    proof = {"schema": SCHEMA, "board": board.name, "owner": owner, "at": LATER}
    return finish_run(redis, board_keys(board.name), proof)


def page(board: Board, *changes: Change, start: str = "", end: str = "end", **of: Any) -> Batch:
    place = PagePlace(of.get("owner", "first"), of.get("field", "cursor:0"), start, end, 60_000)
    return BatchEncoder(board).encode_page(changes, guard_version=of.get("guard", 0), place=place)


def stream(board: Board, *changes: Change) -> Batch:
    return BatchEncoder(board).encode_stream(changes, stream_ms=1, created=datetime.now(UTC))


def read_hash(redis: Redis, key: str) -> dict[str, str]:
    reply: Any = redis.hgetall(key)
    return {field.decode(): value.decode() for field, value in reply.items()}


def read_all(redis: Redis, board: Board) -> dict[str, Any]:
    return {key: redis.hgetall(key) for key in board_keys(board.name)}


def end_lease(redis: Redis, board: Board) -> None:
    redis.hset(board_keys(board.name).reconcile, "lease_until_ms", 1)


# Claim


def test_a_claim_begins_a_run_and_makes_a_board_without_keys(redis: Redis, board: Board) -> None:
    before = time.time()
    run = claim(redis, board)
    lease_until = int(run.pop("lease_until_ms")) / 1000
    assert before + 59 < lease_until < time.time() + 61
    assert run == {
        "epoch": "e" * 16,
        "server": "s" * 40,
        "segments": "2",
        "started_version": "0",
        "started_at": AT,
        "items": "0",
        "cursor:sweep": "0",
        "cursor:0": "",
        "cursor:1": "",
        "owner": "first",
        "holder": "a test",
    }
    assert read_hash(redis, board_keys(board.name).meta) == {
        "epoch": "e" * 16,
        "version": "0",
        "definition": board.definition,
        "at": AT,
    }


def test_a_claim_leaves_a_board_that_has_keys_as_it_is(redis: Redis, board: Board) -> None:
    keys = board_keys(board.name)
    apply_batch(redis, keys, stream(board, Change("d-1", 1, donation("d-1"))))
    meta = read_hash(redis, keys.meta)
    run = claim(redis, board)
    assert (run["epoch"], run["started_version"]) == (meta["epoch"], "1")
    assert read_hash(redis, keys.meta) == meta


def test_a_claim_under_another_definition_is_refused_and_writes_nothing(
    redis: Redis, board: Board
) -> None:
    claim(redis, board)
    before = read_all(redis, board)
    with pytest.raises(DefinitionError, match="under the definition"):
        claim(redis, board, definition="another", owner="second")
    assert read_all(redis, board) == before


def test_a_second_claim_is_told_of_the_first_and_changes_nothing(
    redis: Redis, board: Board
) -> None:
    first = claim(redis, board)
    before = read_all(redis, board)
    assert claim(redis, board, owner="second", holder="another") == first
    assert read_all(redis, board) == before


def test_a_claim_whose_reply_was_lost_is_given_again(redis: Redis, board: Board) -> None:
    assert claim(redis, board) == claim(redis, board)


def test_a_claim_goes_on_where_a_dead_run_stopped(redis: Redis, board: Board) -> None:
    keys = board_keys(board.name)
    claim(redis, board)
    apply_batch(redis, keys, page(board, Change("d-1", 0, donation("d-1")), end="there"))
    end_lease(redis, board)
    run = claim(redis, board, owner="second", holder="another", at=LATER)
    assert (run["owner"], run["holder"]) == ("second", "another")
    assert (run["cursor:0"], run["cursor:1"], run["items"]) == ("there", "", "1")
    assert (run["started_version"], run["started_at"]) == ("0", AT)
    assert run["drift:Facebook:amount"] == "2500"


@pytest.mark.parametrize("lost", ["epoch", "version", "server", "segments"])
def test_a_claim_starts_over_where_what_was_read_does_not_hold(
    redis: Redis, board: Board, lost: str
) -> None:
    keys = board_keys(board.name)
    apply_batch(redis, keys, stream(board, Change("d-0", 1, donation("d-0"))))
    claim(redis, board)
    apply_batch(redis, keys, page(board, Change("d-1", 0, donation("d-1")), end="there", guard=1))
    end_lease(redis, board)
    changes: dict[str, Any] = {}
    if lost == "epoch":
        redis.hset(keys.meta, "epoch", "f" * 16)
    elif lost == "version":
        redis.hset(keys.meta, "version", "0")
    else:
        changes[lost] = {"server": "t" * 40, "segments": 1}[lost]
    run = claim(redis, board, owner="second", at=LATER, **changes)
    assert (run["cursor:0"], run["items"], run["started_at"]) == ("", "0", LATER)
    assert not [field for field in run if field.startswith("drift:")]


# Pages


def test_a_page_moves_its_cursor_counts_items_and_prolongs_the_lease(
    redis: Redis, board: Board
) -> None:
    keys = board_keys(board.name)
    claim(redis, board, lease_ms=1)
    changes = [Change("d-1", 0, donation("d-1")), Change("d-2", 0, donation("d-2", "Phone", -1))]
    assert apply_batch(redis, keys, page(board, *changes, end="there")) == (1, 2, 0)
    run = read_hash(redis, keys.reconcile)
    assert (run["cursor:0"], run["cursor:1"], run["items"]) == ("there", "", "2")
    assert int(run["lease_until_ms"]) > (time.time() + 50) * 1000
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
    claim(redis, board)
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
    claim(redis, board)
    # The stream has touched the item since the guard.
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
    claim(redis, board)
    apply_batch(redis, keys, page(board, Change("d-1", 0, donation("d-1")), end="there"))
    before = read_all(redis, board)
    late = page(board, Change("d-2", 0, donation("d-2")), **{"start": "there", "end": "x"} | of)
    with pytest.raises(RunLostError):
        apply_batch(redis, keys, late)
    assert read_all(redis, board) == before


# Finish


def test_the_end_of_a_run_is_noted_and_published(redis: Redis, board: Board) -> None:
    keys = board_keys(board.name)
    claim(redis, board)
    changes = [Change("d-1", 0, donation("d-1", "a:b")), Change("d-2", 0, donation("d-2", "Ü"))]
    apply_batch(redis, keys, page(board, *changes))
    # What was taken away again is no drift.
    gone = page(board, Change("d-2", 0, None), field="cursor:sweep", start="0", end="1", guard=1)
    apply_batch(redis, keys, gone)
    found = Proof(AT, LATER, "s" * 40, {"ALL": SUMS, "a:b": SUMS})
    with redis.pubsub(ignore_subscribe_messages=True) as pubsub:
        pubsub.subscribe(CHANNEL)
        assert pubsub.get_message(timeout=5) is None
        assert finish(redis, board) == 3
        message = None
        while message is None or message.board != board.name:
            published: Any = pubsub.get_message(timeout=5)
            assert published is not None
            message = decode_message(published["data"])
    assert (message.epoch, message.version, message.at) == ("e" * 16, 3, LATER)
    assert (message.totals, message.rejected, message.proof) == ({}, 0, found)
    snapshot = snapshot_of(redis, board)
    assert snapshot is not None
    assert (snapshot.version, snapshot.at, snapshot.proof) == (3, LATER, found)
    assert not redis.exists(keys.reconcile)


SUMS = {"count": 1, "amount": 2500}


def test_an_end_whose_reply_was_lost_is_given_again(redis: Redis, board: Board) -> None:
    claim(redis, board)
    version = finish(redis, board)
    assert finish(redis, board) == version


def test_a_run_that_found_nothing_has_no_drift(redis: Redis, board: Board) -> None:
    claim(redis, board)
    finish(redis, board)
    assert json.loads(read_hash(redis, board_keys(board.name).meta)["drift"]) == {}


@pytest.mark.parametrize("lost", ["owner", "epoch", "run"])
def test_a_run_that_goes_on_no_more_proves_nothing(redis: Redis, board: Board, lost: str) -> None:
    keys = board_keys(board.name)
    claim(redis, board)
    if lost == "owner":
        end_lease(redis, board)
        claim(redis, board, owner="second")
    elif lost == "epoch":
        redis.hset(keys.meta, "epoch", "f" * 16)
    else:
        redis.delete(keys.reconcile)
    before = read_all(redis, board)
    with pytest.raises(RunLostError):
        finish(redis, board)
    assert read_all(redis, board) == before


# Mend


def test_totals_are_mended_only_by_the_run_and_as_of_the_version(
    redis: Redis, board: Board
) -> None:
    keys = board_keys(board.name)
    claim(redis, board)
    apply_batch(redis, keys, page(board, Change("d-1", 0, donation("d-1"))))
    redis.hincrby(keys.totals, "Facebook:amount", 7)
    excess = {
        "owner": "first",
        "version": 1,
        "totals": {"Facebook": {"amount": "7"}},
        "timeline": {},
    }
    before = read_all(redis, board)
    with pytest.raises(RunLostError):
        mend_totals(redis, keys, excess | {"owner": "second"})
    assert not mend_totals(redis, keys, excess | {"version": 0})
    assert read_all(redis, board) == before
    assert mend_totals(redis, keys, excess)
    assert read_hash(redis, keys.totals)["Facebook:amount"] == "2500"
    # Its reply was lost: it is no more true.
    assert not mend_totals(redis, keys, excess)
    assert read_hash(redis, keys.totals)["Facebook:amount"] == "2500"


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
