"""The pages of a run, and its lease, as the scripts take them."""

import time

import pytest
from redis import Redis

from aggregates.batch import Change
from aggregates.board import Board
from aggregates.keys import board_keys
from aggregates.lua_script import RunLostError
from aggregates.scripts import apply_batch
from reconcile.scripts import (
    prolong_run,
)
from tests.reconcile.scripted import (
    begin,
    claim,
    page,
    read_all,
    read_hash,
    stream,
)
from tests.stream_events import donation


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
