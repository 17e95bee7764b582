"""Calls of the scripts of a reconcile with small arguments, and what they leave in Redis."""

from typing import Any

from redis import Redis

from aggregates.batch import Batch, BatchEncoder, Change, PagePlace
from aggregates.board import Board
from aggregates.keys import board_keys
from reconcile.scripts import (
    Proven,
    Start,
    begin_run,
    claim_run,
    finish_run,
)
from tests.proof import make_claim

AT = "2026-11-21T19:04:11.218Z"


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


def read_hash_keys(redis: Redis, key: str) -> list[str]:
    reply: Any = redis.hkeys(key)
    return [field.decode() for field in reply]
