"""The rights of the Redis user in the template, given to a user of a real server."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from redis import Redis
from redis.exceptions import NoPermissionError

from aggregates.board import Board
from aggregates.keys import board_keys
from infra.template import make_template
from lambda_handler.board_target import count_on
from lambda_handler.consume import Consumer
from reconcile.reconcile import reconcile_board
from tests.conftest import RedisServer, find_redis_servers
from tests.stream_events import donation, event, record


class Table:
    """A DynamoDB client of an empty table."""

    def describe_table(self, **_: object) -> dict[str, Any]:
        return {}

    def scan(self, **_: object) -> dict[str, Any]:
        return {"Items": []}


@pytest.fixture(params=find_redis_servers())
def user(request: pytest.FixtureRequest) -> Iterator[Redis]:
    """A client of a server of the test's own, with the template's rights."""
    properties = make_template()["Resources"]["RedisUser"]["Properties"]
    server = RedisServer(request.param)
    with Redis.from_url(server.url) as admin:
        rights = properties["AccessString"].split()
        admin.execute_command("ACL", "SETUSER", "tally", ">secret", *rights)
    with Redis.from_url(server.url, username="tally", password="secret") as client:
        yield client
    server.kill()


def test_the_function_and_reconcile_may_do_all_they_do(
    user: Redis, make_board: Callable[..., Board]
) -> None:
    board = make_board()
    consumer = Consumer(count_on([board], lambda: user))
    item = donation("d-1", "Phone", "25", "2026-11-21T19:04:11")
    assert consumer.consume(event(record(100, item, name="INSERT"))) == {"batchItemFailures": []}
    keys = board_keys(board.name)
    assert user.hget(keys.totals, "Phone:amount") == b"2500"
    report = reconcile_board(board, Table(), user)
    assert report.drift["ALL"] == {"amount": -2500, "count": -1}


def test_the_listener_may_subscribe_and_ping(user: Redis) -> None:
    with user.pubsub() as subscription:
        subscription.subscribe("aggregates")
        user.publish("aggregates", "{}")
        kinds = [subscription.get_message(timeout=2) for _ in range(2)]
    assert [kind["type"] for kind in kinds if kind] == ["subscribe", "message"]
    assert user.info("server")


@pytest.mark.parametrize(
    "command",
    [
        ("FLUSHALL",),
        ("CONFIG", "SET", "maxmemory-policy", "allkeys-lru"),
        ("SET", "another", "1"),
        ("PUBLISH", "another", "1"),
        ("KEYS", "*"),
        ("ACL", "LIST"),
    ],
    ids=" ".join,
)
def test_it_may_do_nothing_else(user: Redis, command: tuple[str, ...]) -> None:
    with pytest.raises(NoPermissionError):
        user.execute_command(*command)
    with contextlib.suppress(NoPermissionError):
        user.connection_pool.disconnect()
