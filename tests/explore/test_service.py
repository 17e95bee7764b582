"""The service beside a table, its sink and the display."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

import pytest
from redis import Redis

from aggregates.connection import connect
from aggregates.keys import board_keys
from explore.errors import EngineError
from explore.service import Service
from lambda_handler.board_target import count_on
from lambda_handler.consume import Consumer
from local.lambda_event import to_event
from local.totals import read_totals
from sinks.sink_state import ATTACHED, DETACHED
from sinks.sql_filling import SqlFill
from sinks.sql_service import SqlService, SqlServiceError
from sinks.sql_verifying import verify_sql
from tests.conftest import free_port
from tests.explore.boards import invent, make_key
from tests.explore.service_thread import SMALL
from tests.explore.world import World
from tests.waiting import wait_for


@pytest.fixture
def world(dynamodb: Any, tmp_path: Path) -> Iterator[World]:
    made = World(Random(7), dynamodb, tmp_path)
    yield made
    made.close()


def read_state(world: World) -> str:
    with suppress(EngineError):
        return world.service.ask(world.board.name, "select 1").state
    return "away"


def write(world: World, numbers: range) -> None:
    for number in numbers:
        item = invent(world.random, make_key(number))
        world.dynamodb.put_item(TableName=world.board.table, Item=item)


def test_the_sums_are_those_that_the_display_shows(
    world: World, redis_url: str, redis: Redis
) -> None:
    write(world, range(60))
    world.read()
    counting = Consumer(count_on([world.board], lambda: connect(redis_url)))
    try:
        assert counting.consume(to_event(world.records)) == {"batchItemFailures": []}
        assert world.look() == []
        shown = read_totals(redis, world.board)
        rows = world.service.ask(
            world.board.name,
            "select coalesce(platform, 'ALL'), count(*), cast(sum(amount) * 100 as bigint)"
            " from donations where platform is not null group by rollup (platform)",
        ).rows
        found = {group: {"count": items, "amount": amount} for group, items, amount in rows}
        assert len(found) > 3
        assert found == shown
        rejected = world.service.ask(
            world.board.name,
            "select count(*) from donations"
            " where platform is null and coalesce(item->>'test', 'false') = 'false'",
        ).rows
        assert rejected == [[redis.hlen(board_keys(world.board.name).rejected)]]
    finally:
        redis.unlink(*board_keys(world.board.name))


def test_a_sink_that_was_detached_is_filled_again_by_the_service(world: World) -> None:
    write(world, range(5))
    assert world.look() == []
    write(world, range(3, 9))
    world.read()
    # Lambda gives up what comes next, and nothing comes after it.
    world.done = len(world.records)
    world.state.detach("records were given up")
    wait_for(lambda: read_state(world) == "live" and read_status(world) == ATTACHED)
    assert world.look() == []


def read_status(world: World) -> str:
    state = world.state.read()
    assert state is not None
    return state.status


def test_changes_that_are_passed_over_make_the_rows_loading_at_once(world: World) -> None:
    assert world.look() == []
    write(world, range(1))
    world.read()
    world.state.detach("on purpose")
    world.call(world.records)
    assert read_state(world) == "loading" or read_status(world) != DETACHED
    wait_for(lambda: read_state(world) == "live" and read_status(world) == ATTACHED)
    assert world.look() == []


def test_while_the_service_is_away_nothing_is_taken_and_later_nothing_is_missing(
    world: World,
) -> None:
    write(world, range(5))
    assert world.look() == []
    world.service.stop()
    write(world, range(4, 8))
    world.read()
    response = world.call(world.records[world.done :])
    first = world.records[world.done]["dynamodb"]["SequenceNumber"]
    assert response == {"batchItemFailures": [{"itemIdentifier": first}]}
    state = world.state.read()
    assert state is not None
    assert "does not answer" in state.why
    world.service = world.serve()
    # Nobody knows yet whether more is missing.
    assert read_state(world) == "loading"
    assert world.look() == []
    assert read_status(world) == ATTACHED


def test_verify_finds_a_wrong_row_and_fill_corrects_it(world: World) -> None:
    write(world, range(5))
    assert world.look() == []
    feed, sink = world.service.feed, world.sink
    assert verify_sql(sink, world.dynamodb, feed).different == 0
    far = {"at": f"{10**14 - 1:014}-{9:040}", "made": time.time() + 60}
    changes = [
        {"keys": make_key(1), "new": invent(world.random, make_key(1)), **far},
        {"keys": make_key(2), "new": None, **far},
        {"keys": make_key("none"), "new": invent(world.random, make_key("none")), **far},
    ]
    feed.ask(world.board.name, "apply", changes=changes)
    found = verify_sql(sink, world.dynamodb, feed, sleep=lambda _: None)
    assert (found.items, found.different) == (5, 3)
    assert [text.partition(":")[0] for text in sorted(found.differences)] == [
        "d-1",
        "d-2",
        "d-none",
    ]
    assert SqlFill(sink, world.dynamodb, feed, margin_seconds=1).run() == 3
    assert verify_sql(sink, world.dynamodb, feed).different == 0


def test_whoever_does_not_show_the_key_changes_nothing(world: World, tmp_path: Path) -> None:
    address = f"http://127.0.0.1:{free_port()}"
    service = Service(
        [world.sink], tmp_path / "other", address, world.dynamodb, feed_key="k", limits=SMALL
    )

    async def run() -> None:
        async with service.running():
            right, wrong = SqlService(address, "k"), SqlService(address, "no")
            board = world.board.name
            for _ in range(100):
                try:
                    await asyncio.to_thread(right.ask, board, "tell")
                    break
                except SqlServiceError:
                    await asyncio.sleep(0.05)
            with pytest.raises(SqlServiceError, match="401"):
                await asyncio.to_thread(wrong.ask, board, "apply", changes=[])
            with pytest.raises(SqlServiceError, match="no sink of the board"):
                await asyncio.to_thread(right.ask, "other", "tell")
            with pytest.raises(SqlServiceError, match="404"):
                await asyncio.to_thread(right.ask, board, "query")
            with pytest.raises(SqlServiceError, match=r"400.*KeyError"):
                await asyncio.to_thread(right.ask, board, "apply", changes=[{}])

    asyncio.run(run())


def test_an_address_for_all_needs_a_key(world: World, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="EXPLORE_FEED_KEY"):
        Service([world.sink], tmp_path, "http://0.0.0.0:8091", world.dynamodb)
