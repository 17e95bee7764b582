"""Marks a board's totals as proven, without a table to read."""

import os
from typing import Any

from redis import Redis

from aggregates.batch import BatchEncoder, Change, PagePlace
from aggregates.board import Board
from aggregates.keys import board_keys
from aggregates.scripts import apply_batch
from aggregates.server_id import read_server_id
from reconcile.scripts import Claim, Proven, Start, begin_sweep, claim_run, finish_run
from reconcile.scripts import begin_run as begin

OWNER = "the proof"
_LEASE_MS = 60_000


def begin_run(redis: Redis, board: Board, at: str, *, may_be_lost: bool = False) -> dict[str, str]:
    """Begin a board's run with one segment at a given time; return its fields."""
    keys = board_keys(board.name)
    claim = make_claim(redis, board, at=at)
    claim_run(redis, keys, claim)
    epoch = os.urandom(8).hex()
    start = Start(OWNER, claim.server, at, 0, may_be_lost=may_be_lost, epoch=epoch)
    return begin(redis, keys, start)


def make_claim(redis: Redis, board: Board, **changes: Any) -> Claim:
    """Return a claim to read a board's table in one segment, with `changes` to its fields."""
    usual = Claim(
        definition=board.definition,
        epoch=os.urandom(8).hex(),
        server=read_server_id(redis, board_keys(board.name).meta),
        segments=1,
        owner=OWNER,
        holder="a test",
        lease_ms=_LEASE_MS,
        resume_ms=0,
        at="2026-11-21T19:04:11.218Z",
    )
    return usual._replace(**changes)


def prove_page(redis: Redis, board: Board, guard_version: int, *changes: Change) -> None:
    """Apply the one page of the run."""
    place = PagePlace(OWNER, "cursor:0", "", "end")
    page = BatchEncoder(board).encode_page(changes, guard_version=guard_version, place=place)
    apply_batch(redis, board_keys(board.name), page)


def prove_totals(redis: Redis, board: Board, at: str, *changes: Change) -> Proven:
    """Mark totals as proven, like a run of reconcile that began at a given time.

    `changes` is the content of the table's page, if any.
    """
    keys = board_keys(board.name)
    run = begin_run(redis, board, at)
    assert run["owner"] == OWNER
    prove_page(redis, board, int(run["started_version"]), *changes)
    begin_sweep(redis, keys, OWNER)
    return finish_run(redis, keys, board, OWNER)
