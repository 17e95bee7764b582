"""The template's rights for Redis users, applied to users of a real server."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from redis.exceptions import NoPermissionError, NoScriptError, ResponseError

import explore
from aggregates.board import Board
from aggregates.held_panels import list_held, panels_key
from aggregates.keys import board_keys
from aggregates.lua_script import Script
from crew.control import Screens, now_utc, pin_message
from infra.template import make_template
from lambda_handler.board_target import count_on
from lambda_handler.consume import Consumer
from reconcile.reconcile import reconcile_board
from tests.conftest import RedisServer, find_redis_servers
from tests.stream_events import donation, event, record


class Table:
    """A DynamoDB client with an empty table."""

    def describe_table(self, **_: object) -> dict[str, Any]:
        return {}

    def scan(self, **_: object) -> dict[str, Any]:
        return {"Items": []}


@pytest.fixture(params=find_redis_servers())
def server(request: pytest.FixtureRequest) -> Iterator[RedisServer]:
    """Return a server for the test, with the template's users."""
    server = RedisServer(request.param)
    with Redis.from_url(server.url) as admin:
        for name in ("RedisUser", "RedisWebUser", "RedisCrewUser"):
            properties = make_template()["Resources"][name]["Properties"]
            rights = properties["AccessString"].split()
            admin.execute_command("ACL", "SETUSER", properties["UserName"], ">secret", *rights)
    yield server
    server.kill()


@pytest.fixture
def user(server: RedisServer) -> Iterator[Redis]:
    """Return a client with the rights of the function and reconcile."""
    with Redis.from_url(server.url, username="tally", password="secret") as client:
        yield client


@pytest.fixture
def web_user(server: RedisServer) -> Iterator[Redis]:
    """Return a client with the rights of the web app."""
    with Redis.from_url(server.url, username="tally-web", password="secret") as client:
        yield client


@pytest.fixture
def crew_user(server: RedisServer) -> Iterator[Redis]:
    """Return a client with the rights of the crew's pages."""
    with Redis.from_url(server.url, username="tally-crew", password="secret") as client:
        yield client


def test_the_service_of_sql_may_keep_panels_and_the_web_app_may_read_them(
    user: Redis, web_user: Redis
) -> None:
    key = panels_key("gala")
    renew = Script("renew", folder=Path(str(explore.__file__)).parent / "lua")
    renew.run(user, (key,), "by-table", "{}", "@by-table", "aggregates", "{}")
    found: Any = web_user.hgetall(key)
    assert list_held(found).keys() == {"by-table"}
    assert user.hdel(key, *found) == 2


def test_the_crew_may_control_the_screens(crew_user: Redis, web_user: Redis) -> None:
    screens = Screens(crew_user)
    with web_user.pubsub() as subscription:
        subscription.subscribe("aggregates")
        assert subscription.get_message(timeout=2)
        screens.tell("gala", pin_message("Dinner is served", None, now_utc()))
        told = subscription.get_message(timeout=2)
    assert told
    assert told["type"] == "message"
    assert screens.read("gala").pin == "Dinner is served"


@pytest.mark.parametrize(
    "command",
    [
        ("HSET", "tally:{gala}:totals", "ALL:amount", "1"),
        ("SET", "tally:{gala}:totals", "1"),
        ("GET", "tally:{gala}:meta"),
        ("DEL", "tally:{gala}:control"),
        ("PUBLISH", "another", "1"),
        ("SUBSCRIBE", "aggregates"),
        ("EVAL", "return 1", "0"),
        ("FLUSHALL",),
        ("KEYS", "*"),
    ],
    ids=" ".join,
)
def test_the_crew_may_change_no_total(crew_user: Redis, command: tuple[str, ...]) -> None:
    with pytest.raises(NoPermissionError):
        crew_user.execute_command(*command)


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


def test_the_web_app_may_listen_and_read(user: Redis, web_user: Redis) -> None:
    with web_user.pubsub() as subscription:
        subscription.subscribe("aggregates")
        subscription.ping()
        user.publish("aggregates", "{}")
        kinds = [subscription.get_message(timeout=2) for _ in range(3)]
    assert [kind["type"] for kind in kinds if kind] == ["subscribe", "pong", "message"]
    user.hset("tally:{board}:rejected", "d-1", "why")
    assert web_user.hlen("tally:{board}:rejected") == 1
    assert dict(web_user.hscan_iter("tally:{board}:rejected")) == {b"d-1": b"why"}
    assert web_user.info()["run_id"]
    assert web_user.time()


def test_the_web_app_may_call_scripts_that_read(user: Redis, web_user: Redis) -> None:
    user.hset("tally:{board}:meta", "version", "7")
    script = "return {redis.call('HGET', KEYS[1], 'version'), redis.call('TIME')[1]}"
    with pytest.raises(NoScriptError):
        web_user.execute_command("EVALSHA_RO", "0" * 40, "1", "tally:{board}:meta")
    version, _ = web_user.execute_command("EVAL_RO", script, "1", "tally:{board}:meta")
    assert version == b"7"


@pytest.mark.parametrize(
    "command",
    [
        ("PUBLISH", "aggregates", "{}"),
        ("HSET", "tally:{board}:totals", "ALL:amount", "1"),
        ("DEL", "tally:{board}:totals"),
        ("EVAL", "return 1", "0"),
        ("EVALSHA", "0" * 40, "0"),
        ("GET", "another"),
        ("SCAN", "0"),
        ("CLIENT", "KILL", "TYPE", "normal"),
        ("SCRIPT", "FLUSH"),
        ("FLUSHALL",),
        ("CONFIG", "GET", "*"),
        ("SUBSCRIBE", "another"),
    ],
    ids=" ".join,
)
def test_the_web_app_may_change_nothing(web_user: Redis, command: tuple[str, ...]) -> None:
    with pytest.raises(NoPermissionError):
        web_user.execute_command(*command)


@pytest.mark.parametrize(
    "script",
    [
        "return redis.call('PUBLISH', 'aggregates', '{}')",
        "return redis.call('HSET', KEYS[1], 'ALL:amount', '1')",
        "return redis.call('DEL', KEYS[1])",
    ],
)
def test_nor_may_a_script_that_it_calls(user: Redis, web_user: Redis, script: str) -> None:
    user.hset("tally:{board}:totals", "ALL:amount", "2")
    with pytest.raises(ResponseError, match=r"(?i)permission|can't run this command"):
        web_user.execute_command("EVAL_RO", script, "1", "tally:{board}:totals")
    assert user.hget("tally:{board}:totals", "ALL:amount") == b"2"
