"""A board, its state in Redis, its messages, and a feed that is live with them."""

import time
from dataclasses import replace
from typing import Any

from aggregates.board import Board, Goal, Ticker
from aggregates.board_file import load_board
from aggregates.keys import board_keys
from aggregates.message import Message, Proof, Sums
from aggregates.scripts import Standing, read_standing
from aggregates.server_id import read_server_id
from aggregates.snapshot import Snapshot
from tests.conftest import ROOT
from webapp.feed import Feed

BOARD = replace(
    load_board(ROOT / "boards/fundraiser.toml"),
    goal=Goal("amount", 300, (100, 200)),
    ticker=Ticker(length=2, attributes=("platform",)),
)
AT = "2026-11-21T19:04:11.218Z"
LATER = "2026-11-21T19:05:00.000Z"
# The id of the Redis with the proven data.
SERVER = "a" * 40


def proof(at: str, server: str = SERVER, **changes: Any) -> Proof:
    """Return a proof by a run that found nothing to correct and took no time, with `changes`."""
    return Proof(at, server, {})._replace(**changes)


def snapshot(**changes: Any) -> Snapshot:
    """Return the state in Redis of a proven board without items, with `changes`."""
    empty = Snapshot(
        epoch="e1",
        version=7,
        at=AT,
        created=None,
        definition=BOARD.definition,
        proof=proof(AT),
        totals={},
        ticker=(),
        milestones={},
        rejected=0,
    )
    groups = len(changes.get("totals", {}).keys() - {"ALL"})
    return replace(empty, **{"group_count": groups} | changes)


def message(version: int = 8, **changes: Any) -> Message:
    nothing = Message(
        board="fundraiser",
        epoch="e1",
        version=version,
        at=LATER,
        created=None,
        totals={},
        put=(),
        removed=(),
        milestones={},
        rejected=0,
        proof=None,
    )
    return replace(nothing, **changes)


def sums(count: int, amount: int) -> Sums:
    return {"count": count, "amount": amount}


def standing_of(board: Board, snapshot: Snapshot | None, server: str, **changes: Any) -> Standing:
    """Return the standing of a board proven and confirmed a moment ago, with `changes`."""
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
    """Pass a state of Redis to a feed as a listener does: first the standing, then all of it."""
    feed.accept_standing(standing_of(feed.board, snapshot, server, **changes), server)
    feed.accept_snapshot(snapshot, server)


def note_chain(redis: Any, board: Board, age_ms: int = 0) -> None:
    """Note that a board's chain is whole, as the watch does."""
    keys = board_keys(board.name)
    standing = read_standing(redis, keys)
    note: dict[Any, Any] = {
        "epoch": standing.epoch or "",
        "server": read_server_id(redis, keys.meta),
        "counted_ms": standing.now_ms - age_ms,
    }
    redis.hset(keys.chain, mapping=note)
