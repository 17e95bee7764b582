"""A board that has everything, and what is published of it."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from redis import Redis
from redis.client import PubSub

from aggregates.board import Board, Goal, Ticker
from aggregates.keys import CHANNEL
from aggregates.look import Look
from tests.conftest import ROOT


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def full_board(make_board: Callable[..., Board]) -> Board:
    """Return a board with every feature, whose ticker is soon full."""
    return make_board(
        goal=Goal("amount", 100_000, (1000, 2000)),
        ticker=Ticker(1, ("platform", "amount")),
        shown=2,
        look=Look(ROOT / "boards", accent="#ff4fd8"),
    )


@pytest.fixture
def heard(redis: Redis, full_board: Board) -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """Return a function that returns the board's messages since its last call."""
    with redis.pubsub(ignore_subscribe_messages=True) as pubsub:
        pubsub.subscribe(CHANNEL)
        redis.ping()

        def take() -> list[dict[str, Any]]:
            messages = [json.loads(data) for data in take_all(pubsub)]
            return [message for message in messages if message["board"] == full_board.name]

        take()
        yield take


def take_all(pubsub: PubSub) -> Iterator[bytes]:
    """Yield the published messages: PUBLISH writes to subscribers before it replies."""
    empty = 0
    while empty < 2:
        message: Any = pubsub.get_message(timeout=0.05)
        empty = 0 if message else empty + 1
        if message:
            yield message["data"]
