import json
import threading
from pathlib import Path

import pytest
from redis import Redis

from aggregates.board_file import load_board
from aggregates.keys import CHANNEL
from local.counted import wait_until_counted
from local.errors import LocalError, Stopped
from local.running import DrainedMark
from tests.conftest import ROOT

pytestmark = pytest.mark.redis


@pytest.fixture
def mark(tmp_path: Path) -> DrainedMark:
    mark = DrainedMark(tmp_path / "drained")
    mark.reset()
    return mark


BOARD = load_board(ROOT / "boards/fundraiser.toml")
OURS, OTHERS = (json.dumps({"board": name}) for name in (BOARD.name, "gala"))


def wait(mark: DrainedMark, redis: Redis, patience_seconds: float, stop: threading.Event) -> None:
    wait_until_counted(
        mark, redis, BOARD, since_ns=100, patience_seconds=patience_seconds, stop=stop
    )


def test_the_wait_ends_when_the_stream_was_empty_after_the_write(
    mark: DrainedMark, redis: Redis
) -> None:
    mark.set_ns(100)
    timer = threading.Timer(0.1, mark.set_ns, [101])
    timer.start()
    wait(mark, redis, 10.0, threading.Event())
    # A read that began at the same moment as the write may have missed it.
    assert mark.read_ns() == 101
    timer.join()


def test_nothing_counted_and_no_sign_of_life_is_an_error(mark: DrainedMark, redis: Redis) -> None:
    with pytest.raises(LocalError, match="not everything was counted"):
        wait(mark, redis, 0.1, threading.Event())


def test_a_stop_ends_the_wait(mark: DrainedMark, redis: Redis) -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(Stopped):
        wait(mark, redis, 10.0, stop)


def test_messages_are_signs_of_life(mark: DrainedMark, redis: Redis) -> None:
    seen: list[int] = []

    def note() -> None:
        seen.append(1)
        # Longer than the patience in total, but never that long without a message.
        if len(seen) == 4:
            mark.set_ns(101)
        else:
            timers.append(threading.Timer(0.2, redis.publish, [CHANNEL, OURS]))
            timers[-1].start()

    timers = [threading.Timer(0.2, redis.publish, [CHANNEL, OURS])]
    timers[0].start()
    wait_until_counted(
        mark,
        redis,
        BOARD,
        since_ns=100,
        patience_seconds=0.6,
        stop=threading.Event(),
        on_message=note,
    )
    assert len(seen) >= 4
    for timer in timers:
        timer.join()


def test_messages_of_another_board_are_none(mark: DrainedMark, redis: Redis) -> None:
    stop = threading.Event()

    def chatter() -> None:
        while not stop.wait(0.02):
            redis.publish(CHANNEL, OTHERS)

    thread = threading.Thread(target=chatter)
    thread.start()
    try:
        with pytest.raises(LocalError, match="not everything was counted"):
            wait(mark, redis, 0.3, threading.Event())
    finally:
        stop.set()
        thread.join()
