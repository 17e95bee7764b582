"""Reads what a board's keys hold, as the web app does."""

from typing import Any

from redis import Redis

from aggregates.board import Board
from aggregates.keys import board_keys
from aggregates.scripts import read_snapshot
from aggregates.snapshot import Snapshot
from aggregates.totals import Totals, gather_totals


def read_totals(redis: Redis, board: Board) -> Totals:
    reply: Any = redis.hgetall(board_keys(board.name).totals)
    return gather_totals(reply.items())


class SyncToAsync:
    """Wraps a sync client so that `read_snapshot` can be run step by step."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def execute_command(self, *args: Any) -> Any:
        return self._redis.execute_command(*args)


def snapshot_of(redis: Redis, board: Board) -> Snapshot | None:
    """Return the snapshot that the web app would read."""
    reading = read_snapshot(SyncToAsync(redis), board)
    try:
        reading.send(None)
    except StopIteration as done:
        result: Snapshot | None = done.value
        return result
    raise AssertionError("a sync client never waits")
