"""Changes that give a board everything that it can have in Redis."""

import time
from datetime import UTC, datetime, timedelta

from redis import Redis

from aggregates.batch import BatchEncoder, Change
from aggregates.board import Board
from aggregates.keys import board_keys
from aggregates.scripts import apply_batch
from reconcile.scripts import begin_recount
from tests.proof import OWNER, begin_run, prove_totals
from tests.stream_events import donation

VERIFIED_AT = "2026-11-21T19:04:11.000Z"


def apply(redis: Redis, board: Board, *changes: Change) -> None:
    batch = BatchEncoder(board).encode_stream(changes, stream_ms=1)
    apply_batch(redis, board_keys(board.name), batch)


def given(sequence: int, key: str, second: int, platform: str = "Facebook") -> Change:
    at = f"2026-11-21T19:04:{second:02}Z"
    return Change(key, sequence, donation(key, platform, 10, at), time.time())


def given_now(sequence: int, key: str, minutes_ahead: int = 0, amount: int = 10) -> Change:
    at = datetime.now(UTC) + timedelta(minutes=minutes_ahead)
    item = donation(key, amount=amount, donated_at=at.isoformat())
    return Change(key, sequence, item, time.time())


def count_everything(redis: Redis, board: Board) -> None:
    """Bring a board into a state that uses every key and every field."""
    bad = donation("bad") | {"amount": {"S": "ten"}}
    first = [given(i, f"d-{i}", i) for i in range(1, 5)]
    others = [given(5, "d-5", 5, "Phone"), given(5, "d-51", 5, "Web"), given(5, "d-52", 5, "Web 2")]
    apply(redis, board, *first, *others, Change("bad", 6, bad))
    # A running total, and more items dated in the future than are kept separately.
    apply(redis, board, given_now(7, "d-4", amount=11))
    ahead = [given_now(8, f"ahead-{n}", 10 * n, 1) for n in range(310)]
    apply(redis, board, *ahead)
    apply(redis, board, *(Change(change.key, 9, None) for change in ahead[2:]))
    prove_totals(redis, board, VERIFIED_AT, given(0, "d-0", 0))
    apply(redis, board, Change("late", 7, donation("late"), time.time() - 100))


def repair_again(redis: Redis, board: Board) -> None:
    """Start a run that adds up the ledger, on a server where the totals are not proven."""
    keys = board_keys(board.name)
    begin_run(redis, board, VERIFIED_AT, may_be_lost=True)
    begin_recount(redis, keys, OWNER, "a recount")
    apply(redis, board, given(8, "d-1", 1, "Text"))
