"""The data for a reader is bounded: a board costs the same to read, whatever it has counted."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from redis import Redis

from aggregates.batch import BatchEncoder, Change
from aggregates.board import Board, Ticker
from aggregates.keys import board_keys
from aggregates.scripts import _SNAPSHOT, apply_batch, snapshot_call
from aggregates.snapshot import decode_snapshot
from tests.stream_events import donation
from webapp.board_state import BoardState
from webapp.frame import encode_json

GROUPS, MINUTES = 50_000, 500_000
AT_ONCE = 5_000


@pytest.mark.timeout(300)
def test_a_board_of_50_000_groups_over_500_000_minutes_is_read_like_a_small_one(
    redis: Redis, make_board: Callable[..., Board]
) -> None:
    board = make_board(ticker=Ticker(12, ("platform",)))
    keys, encoder = board_keys(board.name), BatchEncoder(board)
    for first in range(0, GROUPS, AT_ONCE):
        changes = [
            Change(
                f"d-{n}",
                1,
                donation(f"d-{n}", f"team {n}", 1 + n % 99, at_minute(n * MINUTES // GROUPS)),
            )
            for n in range(first, first + AT_ONCE)
        ]
        apply_batch(redis, keys, encoder.encode_stream(changes, stream_ms=1))
    reply: Any = _SNAPSHOT.run(redis, *snapshot_call(board))
    assert count_values(reply) < 5_000
    assert redis.hlen(keys.timeline) <= 2 * 500
    assert redis.hlen(keys.recent) <= 2 * 300
    snapshot = decode_snapshot(reply, ("count", "amount"))
    assert snapshot is not None
    assert snapshot.group_count == GROUPS
    shown = BoardState(board, snapshot).snapshot_json(time.time())
    assert len(encode_json(shown)) < 64_000
    assert len(shown["totals"]) == 1 + board.shown
    assert shown["rest"]["groups"] == GROUPS - board.shown
    for name in ("count", "amount"):
        whole = sum(totals[name] for group, totals in shown["totals"].items() if group != "ALL")
        assert whole + shown["rest"][name] == shown["totals"]["ALL"][name]
    assert sum(point[1] for point in shown["timeline"]["points"]) == GROUPS


def at_minute(minute: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(1_700_000_000 + 60 * minute))


def count_values(reply: Any) -> int:
    return sum(map(count_values, reply)) if isinstance(reply, list) else 1


def test_a_thousand_refunds_are_told_in_as_few_points(
    redis: Redis, make_board: Callable[..., Board]
) -> None:
    """Each removes a bucket; neither this code nor the web app joins points again for it."""
    board = make_board(ticker=None, goal=None)
    keys, encoder = board_keys(board.name), BatchEncoder(board)
    given = [Change(f"{n}", 1, donation(f"{n}", donated_at=at_minute(40 * n))) for n in range(2000)]
    apply_batch(redis, keys, encoder.encode_stream(given, stream_ms=1))
    state = read_state(redis, board)
    gone = [Change(f"{n}", 2, None) for n in range(0, 2000, 2)]
    with redis.pubsub(ignore_subscribe_messages=True) as pubsub:
        pubsub.subscribe("aggregates")
        pubsub.get_message(timeout=5)
        apply_batch(redis, keys, encoder.encode_stream(gone, stream_ms=1))
        published: Any = pubsub.get_message(timeout=5)
    assert len(published["data"]) < 64_000
    after = read_state(redis, board)
    after.follow(state)
    update = after.take_update_json(time.time())
    assert len(update["timeline"]["points"]) <= 500


def read_state(redis: Redis, board: Board) -> BoardState:
    snapshot = decode_snapshot(_SNAPSHOT.run(redis, *snapshot_call(board)), ("count", "amount"))
    assert snapshot is not None
    return BoardState(board, snapshot)
