"""How a board stands where all is well, and figures that are shown as live by it."""

import time
from typing import Any

from aggregates.board import Board
from aggregates.message import Snapshot
from aggregates.scripts import Standing, read_standing
from aggregates.server_id import read_server_id
from webapp.feed import Feed


def standing_of(board: Board, snapshot: Snapshot | None, server: str, **changes: Any) -> Standing:
    """Return the standing of a board that is proven and confirmed a moment ago, but for changes."""
    now_ms = time.time_ns() // 1_000_000
    proof = snapshot.proof if snapshot else None
    usual = Standing(
        epoch=snapshot.epoch if snapshot else None,
        version=snapshot.version if snapshot else 0,
        definition=snapshot.definition if snapshot else None,
        verified_server=proof.server if proof else None,
        verified_at=proof.verified_at if proof else None,
        is_lost=False,
        counted_ms=now_ms - 1000,
        chain_epoch=snapshot.epoch if snapshot else None,
        chain_server=server,
        chain_reason=None,
        chain_since_ms=None,
        now_ms=now_ms,
    )
    return usual._replace(**changes)


def show(feed: Feed, snapshot: Snapshot | None, server: str, **changes: Any) -> None:
    """Have a feed find something in Redis, as a listener does: how it stands, then all of it."""
    feed.accept_standing(standing_of(feed.board, snapshot, server, **changes), server)
    feed.accept_snapshot(snapshot, server)


def note_chain(redis: Any, board: Board, age_ms: int = 0) -> None:
    """Note that a board's chain is whole, as its watch does."""
    from aggregates.keys import board_keys

    keys = board_keys(board.name)
    standing = read_standing(redis, keys)
    note = {
        "epoch": standing.epoch or "",
        "server": read_server_id(redis, keys.meta),
        "counted_ms": standing.now_ms - age_ms,
    }
    redis.hset(keys.chain, mapping=note)
