"""The timeline's lines: what goes to a group is counted apart, exactly, whatever happens to it."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from redis import Redis
from redis.asyncio import Redis as AsyncRedis

from aggregates.batch import BatchEncoder, Change
from aggregates.board import Board, Measure
from aggregates.keys import CHANNEL, board_keys
from aggregates.message import decode_message
from aggregates.scripts import apply_batch, read_snapshot
from aggregates.snapshot import Snapshot
from reconcile.sums import compare_sums
from tests.proof import prove_totals
from tests.stream_events import donation
from webapp.board_state import BoardState

AT = "2026-11-21T19:04:11.000Z"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def give(
    sequence: int, key: str, group: str, amount: int, minute: int = 0, hour: int = 19
) -> Change:
    at = f"2026-11-21T{hour:02}:{minute:02}:00Z"
    return Change(key, sequence, donation(key, group, amount, at), None)


def apply(redis: Redis, board: Board, *changes: Change) -> None:
    batch = BatchEncoder(board).encode_stream(changes, stream_ms=1)
    apply_batch(redis, board_keys(board.name), batch)


async def read(redis_url: str, board: Board) -> Snapshot:
    async with AsyncRedis.from_url(redis_url) as client:
        found = await read_snapshot(client, board)
    assert found is not None
    return found


def rows(board: Board, snapshot: Snapshot) -> Sequence[list[int]]:
    points: Sequence[list[int]] = BoardState(board, snapshot).snapshot_json(0)["timeline"]["points"]
    return points


@pytest.mark.anyio
async def test_each_line_has_what_went_to_its_group(
    redis: Redis, redis_url: str, make_board: Callable[..., Board]
) -> None:
    board = make_board(lines=("Red", "Blue"))
    apply(redis, board, give(1, "a", "Red", 10), give(2, "b", "Blue", 7), give(3, "c", "Green", 5))
    apply(redis, board, give(4, "d", "Red", 1, 1), give(5, "b", "Red", 7), Change("a", 6, None))
    snapshot = await read(redis_url, board)
    minute = 1_795_287_600
    # start, count, amount, Red, Blue: "b" has changed sides, "a" was taken back.
    assert rows(board, snapshot) == [[minute, 2, 1200, 700, 0], [minute + 60, 1, 100, 100, 0]]
    excess = compare_sums(board, redis, board_keys(board.name))
    assert excess is not None
    assert (excess.totals, excess.timeline) == ({}, {})
    told = BoardState(board, snapshot).snapshot_json(0)
    assert told["timeline"]["lines"] == ["Red", "Blue"]
    # Groups tell it already.
    assert told["totals"]["Red"] == {"count": 2, "amount": 800}
    assert told["totals"]["ALL"] == {"count": 3, "amount": 1300}


@pytest.mark.anyio
async def test_a_reconcile_counts_lines_as_the_stream_does(
    redis: Redis, redis_url: str, make_board: Callable[..., Board]
) -> None:
    board = make_board(lines=("Red",))
    prove_totals(redis, board, AT, give(0, "a", "Red", 10), give(0, "b", "Blue", 7))
    snapshot = await read(redis_url, board)
    assert [row[2:] for row in rows(board, snapshot)] == [[1700, 1000]]
    told = BoardState(board, snapshot).snapshot_json(0)
    assert told["drift"] == {"ALL": {"count": 2, "amount": 1700}}
    # Points that are joined keep their lines.
    many = [give(n + 1, f"d-{n}", "Red", 1, n % 60, n // 60) for n in range(900)]
    apply(redis, board, *many)
    snapshot = await read(redis_url, board)
    assert snapshot.step_seconds is not None
    assert snapshot.step_seconds > 60
    assert sum(row[3] for row in rows(board, snapshot)) == 1000 + 900 * 100


@pytest.mark.anyio
async def test_a_vote_without_sums_has_lines_of_counts(
    redis: Redis, redis_url: str, make_board: Callable[..., Board]
) -> None:
    board = make_board(measures=(), goal=None, lines=("Red",))
    apply(redis, board, give(1, "a", "Red", 10), give(2, "b", "Blue", 7))
    assert rows(board, await read(redis_url, board))[0][1:] == [2, 1]


@pytest.mark.anyio
async def test_screens_are_told_in_which_order_groups_appeared(
    redis: Redis, redis_url: str, make_board: Callable[..., Board]
) -> None:
    board = make_board(
        shown=2, measures=(Measure("amount", "amount", make_board().measures[0].unit),)
    )
    apply(redis, board, give(1, "a", "Web", 1))
    apply(redis, board, give(2, "b", "Phone", 5))
    state = BoardState(board, await read(redis_url, board))
    assert state.snapshot_json(0)["numbers"] == {"Web": 1, "Phone": 2}
    with redis.pubsub(ignore_subscribe_messages=True) as pubsub:
        pubsub.subscribe(CHANNEL)
        apply(redis, board, give(3, "c", "Cash", 9))
        told: Any = None
        while told is None or json.loads(told["data"])["board"] != board.name:
            told = pubsub.get_message(timeout=5)
    state.take_update_json(0)
    state.apply(decode_message(told["data"]))
    assert state.take_update_json(0)["numbers"] == {"Cash": 3}
    # A screen that connects later gets the same numbers.
    later = BoardState(board, await read(redis_url, board)).snapshot_json(0)
    assert later["numbers"] == state.snapshot_json(0)["numbers"] == {"Cash": 3, "Phone": 2}
