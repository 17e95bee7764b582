"""Each fault that the random runs found, as a test of its own."""

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from redis import Redis

from aggregates.board import Board
from aggregates.keys import board_keys
from aggregates.message import Proof
from aggregates.snapshot import Snapshot
from local.totals import read_totals
from reconcile.proof_watch import ProofWatch
from reconcile.reading import Reading
from reconcile.reconcile import Report, reconcile_board
from tests.faults.lambda_function import Killed
from tests.faults.table import Table
from tests.webapp.states import show
from webapp.feed import Feed


@pytest.fixture
def board(make_board: Callable[..., Board]) -> Board:
    board = make_board()
    return replace(board, table=board.name)


@pytest.fixture
def table(board: Board) -> Table:
    return Table(board.table, random.Random(1))


def make_snapshot(board: Board, server: str, verified_at: str, amount: int) -> Snapshot:
    return Snapshot(
        definition=board.definition,
        epoch="9f2c4be01d7a6e35",
        version=7,
        at=verified_at,
        created=None,
        proof=Proof(verified_at, server, {}),
        totals={"ALL": {"count": 1, "amount": amount}},
        ticker=(),
        milestones={},
        rejected=0,
    )


def test_a_version_that_comes_again_after_a_loss_is_another_state(board: Board) -> None:
    """An older dump, counted on and proven, may reach the very version that was shown."""
    feed = Feed(board, "page")
    show(feed, make_snapshot(board, "one", "2026-11-21T18:00:00.000Z", 100), "one")
    show(feed, make_snapshot(board, "two", "2026-11-21T18:05:00.000Z", 250), "two")
    assert feed.live
    assert feed.state is not None
    assert feed.state.snapshot_json(0)["totals"]["ALL"]["amount"] == 250


def test_a_board_not_proven_here_is_left_to_settle_first(
    redis: Redis, board: Board, table: Table
) -> None:
    """Calls from before a loss may still arrive, so `tallyboard reconcile` waits too."""
    slept: list[float] = []
    options = Reading(settle_seconds=31)
    reconcile_board(board, table, redis, options, sleep=slept.append)
    assert slept == [31]
    reconcile_board(board, table, redis, options, sleep=slept.append)
    assert slept == [31]
    redis.hset(board_keys(board.name).meta, "verified_server", "a former one")
    reconcile_board(board, table, redis, options, sleep=slept.append)
    assert slept == [31, 31]


def make_watch(redis: Redis, board: Board, reconcile: Callable[[Board], Report]) -> ProofWatch:
    return ProofWatch([board], redis, reconcile, lambda _: None, clock=lambda: 0.0)


def test_a_doubt_during_a_reconcile_has_the_table_read_again(
    redis: Redis, board: Board, table: Table
) -> None:
    runs: list[str] = []

    def reconcile(board: Board) -> Report:
        runs.append("a run")
        if len(runs) == 1:
            watch.doubt_all()
        return reconcile_board(board, table, redis)

    watch = make_watch(redis, board, reconcile)
    for _ in range(4):
        watch.check()
    assert len(runs) == 2


class _Dies:
    """A table whose reader is killed at its third page."""

    def __init__(self, table: Table) -> None:
        self._table, self._pages = table, 0
        self.describe_table = table.describe_table

    def scan(self, **arguments: Any) -> dict[str, Any]:
        self._pages += 1
        if self._pages == 3:
            raise Killed
        return self._table.scan(**arguments)


def test_after_a_doubt_a_run_that_died_is_not_resumed(
    redis: Redis, board: Board, table: Table
) -> None:
    """Its pages were read before the lost records."""
    table.fill(100)
    with pytest.raises(Killed):
        reconcile_board(board, _Dies(table), redis, Reading(segments=1))
    # Changes without stream records.
    for key in list(table.items):
        table.items[key] = table.items[key] | {"amount": {"N": "1"}}
    watch = make_watch(
        redis, board, lambda board: reconcile_board(board, table, redis, Reading(segments=1))
    )
    watch.doubt_all()
    watch.check()
    found = read_totals(redis, board)["ALL"]
    assert found == {"count": 100, "amount": 100 * 100}
