"""The listener on a real Redis makes up for lost messages, and no board affects another."""

import asyncio
import json
import logging
from collections.abc import Callable
from typing import Any

import pytest
from redis import Redis

from aggregates.board import Board
from aggregates.control import control_key, encode_control_message
from aggregates.keys import CHANNEL, board_keys
from tests.conftest import RedisServer
from tests.webapp.states import AT
from tests.webapp.trial import Trial
from webapp import listener as module
from webapp.feed import UNREADABLE, Feed
from webapp.listener import Listener
from webapp.trust import LOST, NOTHING_YET

pytestmark = [pytest.mark.redis, pytest.mark.anyio]


@pytest.fixture(autouse=True)
def _quick_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CHECK_SECONDS", 0.1)


@pytest.fixture
def boards(make_board: Callable[..., Board]) -> list[Board]:
    return [make_board(), make_board()]


@pytest.fixture
def trial(redis: Redis, redis_url: str, boards: list[Board]) -> Trial:
    return Trial(redis, redis_url, *boards)


async def test_what_redis_has_is_live_and_what_comes_is_followed(
    trial: Trial, boards: list[Board]
) -> None:
    async with trial.listening():
        await trial.wait_until_live()
        trial.give(boards[0])
        await trial.wait(lambda: trial.count(boards[0]) == 2)
        assert trial.count(boards[1]) == 1


async def test_a_message_that_was_lost_is_made_up_for_by_a_check(
    trial: Trial, boards: list[Board], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Listener, "_accept", lambda *_: None)
    async with trial.listening():
        await trial.wait_until_live()
        trial.give(boards[0])
        await trial.wait(lambda: trial.count(boards[0]) == 2)


@pytest.mark.parametrize("key", ["meta", "totals", "rejected", "chain", "ledger"])
async def test_a_key_of_another_type_is_its_boards_trouble_alone(
    trial: Trial, boards: list[Board], key: str
) -> None:
    bad, good = (trial.feeds[board.name] for board in boards)
    async with trial.listening():
        await trial.wait_until_live()
        name = getattr(board_keys(boards[0].name), key)
        trial.redis.unlink(name)
        trial.redis.set(name, "abc SECRET")
        await trial.wait(lambda: not bad.live)
        trial.give(boards[1])
        await trial.wait(lambda: trial.count(boards[1]) == 2)
        assert good.live
        assert trial.count(boards[0]) == 1
        assert "SECRET" not in bad.status.reason


BAD_MESSAGES: dict[str, Callable[[Board], str]] = {
    "brackets": lambda _: "[" * 200_000,
    "no JSON": lambda _: "{",
    "of another kind": lambda _: "7",
    "too long": lambda board: json.dumps({"board": board.name, "schema": 2, "x": "y" * 1_200_000}),
    "a lone surrogate": lambda board: json.dumps(
        {"schema": 2, "board": board.name, "epoch": "e", "version": 9, "at": "\ud800"}
    ),
    "a total of text": lambda board: json.dumps(
        {"schema": 2, "board": board.name, "totals": {"ALL": "ten"}}
    ),
}


@pytest.mark.parametrize("make", BAD_MESSAGES.values(), ids=BAD_MESSAGES)
async def test_a_message_that_is_no_good_is_skipped_in_one_short_line(
    trial: Trial,
    boards: list[Board],
    make: Callable[[Board], str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with trial.listening():
        await trial.wait_until_live()
        with caplog.at_level(logging.WARNING, "tallyboard"):
            for _ in range(10):
                trial.redis.publish(CHANNEL, make(boards[0]))
            trial.give(boards[0])
            await trial.wait(lambda: trial.count(boards[0]) == 2)
            async with asyncio.timeout(5):
                # A check may be faster than the messages.
                while not caplog.records:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
        await trial.wait_until_live()
    assert all(len(record.getMessage()) <= 200 for record in caplog.records)
    assert 1 <= len(caplog.records) <= 3


async def test_an_unreadable_ticker_is_its_boards_trouble_also_at_the_start(
    trial: Trial, boards: list[Board]
) -> None:
    """Otherwise the process would end, and every restart too."""
    key = board_keys(boards[0].name).ticker
    found: Any = trial.redis.hkeys(key)
    [item] = found
    for value in ("[" * 200_000, '{"at_ms":1,"id":1,"attributes":{"platform":"\\ud800"}}'):
        trial.redis.hset(key, item, value)
        trial.feeds = {board.name: Feed(board, "page") for board in boards}
        trial.listener = Listener(trial.listener._url, trial.feeds)
        async with trial.listening():
            await trial.wait_until_live(boards[1])
            trial.give(boards[1])
            await trial.wait(lambda: (trial.count(boards[1]) or 0) >= 2)
            assert b"event: snapshot" in trial.feeds[boards[1].name].snapshot_frame()
            assert trial.feeds[boards[0].name].take_frame() is not None


async def test_a_flood_of_another_epoch_costs_few_reads_and_ends_when_told(
    trial: Trial, boards: list[Board], monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = 0
    read = Listener._read

    async def count(self: Listener, feed: Feed) -> None:
        nonlocal reads
        reads += 1
        await read(self, feed)

    monkeypatch.setattr(Listener, "_read", count)
    async with trial.listening():
        await trial.wait_until_live()
        reads = 0
        flood = {"schema": 2, "board": boards[0].name, "epoch": "another", "version": 1, "at": AT}
        text = json.dumps(flood | {"totals": {}, "rejected": 0})
        pipe = trial.redis.pipeline(transaction=False)
        for _ in range(5000):
            pipe.publish(CHANNEL, text)
        started = asyncio.get_running_loop().time()
        await asyncio.to_thread(pipe.execute)
        trial.give(boards[0])
        await trial.wait(lambda: trial.count(boards[0]) == 2)
        seconds = asyncio.get_running_loop().time() - started
    assert reads <= 2 + 2 * seconds / module.READ_PAUSE_SECONDS


async def test_a_cancellation_that_gets_lost_is_repeated(
    trial: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`asyncio.wait_for` of Python 3.11 loses a cancellation that arrives together with data."""
    lost = 0
    following = Listener._next

    async def lose(self: Listener, *arguments: Any) -> Any:
        nonlocal lost
        try:
            return await following(self, *arguments)
        except asyncio.CancelledError:
            lost += 1
            if lost > 2:
                raise
            return None

    monkeypatch.setattr(Listener, "_next", lose)
    async with trial.listening():
        await trial.wait_until_live()
    assert lost >= 1


async def test_boards_are_checked_in_one_round_trip(
    trial: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a hundred boards at five milliseconds each, one by one takes seconds per donation."""
    async with trial.listening():
        await trial.wait_until_live()
        calls: list[Any] = []
        execute = trial.listener._redis.execute_command

        async def count(*arguments: Any, **options: Any) -> Any:
            calls.append(arguments[0])
            return await execute(*arguments, **options)

        monkeypatch.setattr(trial.listener._redis, "execute_command", count)
        await trial.listener._check()
        assert calls == []


@pytest.fixture
def own(redis_server: RedisServer, boards: list[Board]) -> Trial:
    """Return the same, on a Redis that the test may damage."""
    return Trial(Redis.from_url(redis_server.url), redis_server.url, *boards)


async def test_an_eviction_policy_set_meanwhile_is_noticed(own: Trial) -> None:
    async with own.listening():
        await own.wait_until_live()
        own.redis.config_set("maxmemory", "1gb")
        own.redis.config_set("maxmemory-policy", "allkeys-lru")
        feeds = own.feeds.values()
        await own.wait(lambda: all(feed.status.state == "checking" for feed in feeds))
        assert all("evict" in feed.status.reason for feed in feeds)
        own.redis.config_set("maxmemory-policy", "noeviction")
        await own.wait_until_live()


async def test_an_emptied_redis_is_checked_until_it_is_proven(
    own: Trial, boards: list[Board]
) -> None:
    feed = own.feeds[boards[0].name]
    async with own.listening():
        await own.wait_until_live()
        own.redis.flushall()
        await own.wait(lambda: not feed.live)
        for _ in range(3):
            await own.listener._check()
            assert (feed.status.state, feed.status.reason) == ("checking", LOST)
        assert own.count(boards[0]) == 1
        own.give(boards[0])
        own.prove(boards[0])
        await own.wait(lambda: feed.live)


async def test_one_key_lost_is_checked_whatever_comes(own: Trial, boards: list[Board]) -> None:
    feed = own.feeds[boards[0].name]
    async with own.listening():
        await own.wait_until_live()
        own.redis.unlink(board_keys(boards[0].name).totals)
        await own.wait(lambda: not feed.live)
        assert feed.status.reason == LOST
        assert own.count(boards[0]) == 1


async def test_a_process_started_on_an_empty_redis_shows_nothing(
    redis_server: RedisServer, boards: list[Board]
) -> None:
    own = Trial(Redis.from_url(redis_server.url), redis_server.url, *boards)
    own.redis.flushall()
    async with own.listening():
        feed = own.feeds[boards[0].name]
        await own.wait(lambda: feed.status.reason == NOTHING_YET)
        own.give(boards[0])
        await own.wait(lambda: feed.status.reason != NOTHING_YET)
        assert (feed.state, feed.status.state) == (None, "checking")
        own.prove(boards[0])
        await own.wait(lambda: feed.live)


async def test_a_lost_redis_is_reported_and_found_again(
    redis_server: RedisServer, boards: list[Board]
) -> None:
    own = Trial(Redis.from_url(redis_server.url), redis_server.url, *boards)
    feeds = own.feeds.values()
    async with own.listening():
        await own.wait_until_live()
        redis_server.kill()
        await own.wait(lambda: all(feed.status.state == "offline" for feed in feeds))
        assert UNREADABLE not in own.feeds[boards[0].name].status.reason
        redis_server.start()
        await own.wait(lambda: all(feed.status.reason == LOST for feed in feeds))


# The crew's control


def pinned(trial: Trial, board: Board) -> str:
    frame = trial.feeds[board.name].welcome_frame().decode()
    control: dict[str, Any] = json.loads(frame.partition("data: ")[2].partition("\n")[0])
    return str(control["pin"])


async def test_what_the_crew_says_is_heard_at_once_by_its_board_alone(
    trial: Trial, boards: list[Board], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CHECK_SECONDS", 60)
    async with trial.listening():
        await trial.wait_until_live()
        text = json.dumps({"pin": "Raffle at nine"})
        trial.redis.publish(CHANNEL, encode_control_message(boards[0].name, text))
        await trial.wait(lambda: pinned(trial, boards[0]) == "Raffle at nine", seconds=1)
        assert pinned(trial, boards[1]) == ""
        # Figures continue.
        trial.give(boards[0])
        await trial.wait(lambda: trial.count(boards[0]) == 2)


async def test_what_the_crew_said_is_read_at_the_start_and_when_its_message_was_lost(
    trial: Trial, boards: list[Board]
) -> None:
    key = control_key(boards[0].name)
    try:
        trial.redis.set(key, json.dumps({"pin": "before"}))
        async with trial.listening():
            await trial.wait(lambda: pinned(trial, boards[0]) == "before")
            trial.redis.set(key, json.dumps({"pin": "after"}))
            await trial.wait(lambda: pinned(trial, boards[0]) == "after")
            trial.redis.unlink(key)
            await trial.wait(lambda: pinned(trial, boards[0]) == "")
    finally:
        trial.redis.unlink(key)


async def test_a_control_key_of_another_type_leaves_the_figures_live(
    trial: Trial, boards: list[Board]
) -> None:
    key = control_key(boards[0].name)
    try:
        trial.redis.hset(key, "pin", "x")
        async with trial.listening():
            await trial.wait_until_live()
            trial.give(boards[0])
            await trial.wait(lambda: trial.count(boards[0]) == 2)
            assert pinned(trial, boards[0]) == ""
    finally:
        trial.redis.unlink(key)
