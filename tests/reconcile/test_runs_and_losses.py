"""What Redis loses during a run starts it over."""

from collections.abc import Callable
from typing import Any

import pytest
from redis import Redis

from aggregates.board import Board
from aggregates.keys import board_keys
from aggregates.server_id import read_server_id
from reconcile.errors import ReconcileError
from reconcile.reading import Reading
from reconcile.reconcile import reconcile_board
from tests.conftest import RedisServer
from tests.reading_back import read_totals
from tests.reconcile.tables import Scans, _Interrupted, empty, put_many, read_meta


def set_back(redis: Redis, board: Board) -> None:
    redis.hincrby(board_keys(board.name).meta, "version", -1)


@pytest.mark.parametrize("lose", [set_back, empty], ids=["set back", "emptied"])
@pytest.mark.parametrize("at_page", [1, 3, 6], ids=lambda number: f"page {number}")
def test_a_loss_during_the_run_starts_it_over_after_the_settling_time(
    redis: Redis,
    board: Board,
    dynamodb: Any,
    lose: Callable[[Redis, Board], None],
    at_page: int,
) -> None:
    put_many(dynamodb, board, 5)
    reconcile_board(board, dynamodb, redis)
    put_many(dynamodb, board, 6)
    pages: list[None] = []
    waited: list[float] = []

    def happen() -> None:
        pages.append(None)
        if len(pages) == at_page:
            lose(redis, board)

    options = Reading(segments=1, settle_seconds=35)
    scans = _Interrupted(Scans(dynamodb), happen)
    report = reconcile_board(board, scans, redis, options, sleep=waited.append)
    assert waited == [35]
    assert report.items == 6
    assert read_totals(redis, board)["ALL"] == {"count": 6, "amount": 600}


def test_a_restart_of_redis_during_the_run_starts_it_over(
    redis_server: RedisServer, board: Board, dynamodb: Any
) -> None:
    put_many(dynamodb, board, 5)
    restarts = iter([None])

    def restart() -> None:
        if next(restarts, "none") is None:
            redis_server.kill()
            redis_server.start()

    with Redis.from_url(redis_server.url) as redis:
        scans = _Interrupted(Scans(dynamodb), restart)
        report = reconcile_board(board, scans, redis, Reading(segments=1))
        assert report.items == 5
        assert read_totals(redis, board)["ALL"] == {"count": 5, "amount": 500}
        assert read_meta(redis, board)["verified_server"] == read_server_id(redis, "")


def test_a_redis_that_never_keeps_its_data_is_told(
    redis: Redis, board: Board, dynamodb: Any
) -> None:
    put_many(dynamodb, board, 2)
    scans = _Interrupted(dynamodb, lambda: empty(redis, board))
    with pytest.raises(ReconcileError, match="gave up after 5 starts"):
        reconcile_board(board, scans, redis, Reading(segments=1))
