"""A counted and proven board, and feeds of it that stand still until they are told to catch up."""

from typing import Any

from redis import Redis
from redis.asyncio import Redis as AsyncRedis

from aggregates.batch import BatchEncoder, Change
from aggregates.board import Board
from aggregates.keys import board_keys
from aggregates.scripts import apply_batch, read_snapshot
from aggregates.server_id import read_server_id
from tests.proof import prove_totals
from tests.stream_events import donation
from tests.webapp.states import show
from webapp.feed import Feed

PROVEN = "2026-11-21T19:04:11.218Z"
_AT_ONCE = 5_000


class Scene:
    """A board without items, proven."""

    def __init__(self, redis: Redis, url: str, board: Board) -> None:
        self.redis, self.url, self.board = redis, url, board
        self._sequence = 1
        self.prove(PROVEN)

    def prove(self, at: str, *changes: Change) -> None:
        prove_totals(self.redis, self.board, at, *changes)

    def give(self, *gifts: tuple[str, float]) -> list[str]:
        """Count gifts to groups; return the items' keys."""
        first = self._sequence + 1
        self._sequence += len(gifts)
        keys = [f"d-{first + n}" for n in range(len(gifts))]
        self._apply(
            [
                Change(key, first + n, donation(key, group, amount))
                for n, (key, (group, amount)) in enumerate(zip(keys, gifts, strict=True))
            ]
        )
        return keys

    def take_back(self, *keys: str) -> None:
        """Count the removal of items."""
        self._sequence += 1
        self._apply([Change(key, self._sequence, None) for key in keys])

    async def make_feed(self) -> Feed:
        """Return a live feed of the board as it is now."""
        feed = Feed(self.board, "page")
        await self.catch_up(feed)
        return feed

    async def catch_up(self, feed: Feed, **standing: Any) -> None:
        """Have a feed read the board as it is now; `standing` changes what a check finds."""
        async with AsyncRedis.from_url(self.url) as redis:
            snapshot = await read_snapshot(redis, self.board)
        server = read_server_id(self.redis, board_keys(self.board.name).meta)
        show(feed, snapshot, server, **standing)

    def _apply(self, changes: list[Change]) -> None:
        for first in range(0, len(changes), _AT_ONCE):
            some = changes[first : first + _AT_ONCE]
            batch = BatchEncoder(self.board).encode_stream(some, stream_ms=1)
            apply_batch(self.redis, board_keys(self.board.name), batch)
