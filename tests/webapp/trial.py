"""A listener of real boards on a real Redis."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from redis import Redis

from aggregates.batch import BatchEncoder, Change
from aggregates.board import Board
from aggregates.keys import board_keys
from aggregates.scripts import apply_batch
from tests.proof import prove_totals
from tests.stream_events import donation
from tests.webapp.states import AT, note_chain
from webapp.feed import Feed
from webapp.listener import Listener


class Trial:
    """Two proven and confirmed boards, their feeds, and a listener of both."""

    def __init__(self, redis: Redis, url: str, *boards: Board) -> None:
        self.redis, self.boards = redis, boards
        self.feeds = {board.name: Feed(board, "page") for board in boards}
        self.listener = Listener(url, self.feeds)
        self._sequence = 1
        for board in boards:
            self.prove(board)

    def prove(self, board: Board) -> None:
        prove_totals(self.redis, board, AT, Change("d-1", 0, donation("d-1")))
        note_chain(self.redis, board)

    def give(self, board: Board, amount: int = 25) -> None:
        self._sequence += 1
        image = donation(f"d-{self._sequence}", amount=amount)
        change = Change(f"d-{self._sequence}", self._sequence, image)
        batch = BatchEncoder(board).encode_stream([change], stream_ms=1)
        apply_batch(self.redis, board_keys(board.name), batch)

    def count(self, board: Board) -> int | None:
        state = self.feeds[board.name].state
        return None if state is None else state.snapshot_json(0)["totals"]["ALL"]["count"]

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.listener.run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task], timeout=5)
            assert task.done()

    async def wait(self, is_so: Callable[[], bool], seconds: float = 5.0) -> None:
        """Wait until a condition on the feeds is true; check it at each change."""
        changed = asyncio.Event()
        for feed in self.feeds.values():
            feed.on_change = changed.set
        async with asyncio.timeout(seconds):
            while not is_so():
                await changed.wait()
                changed.clear()

    async def wait_until_live(self, *boards: Board) -> None:
        feeds = [self.feeds[board.name] for board in boards or self.boards]
        await self.wait(lambda: all(feed.live for feed in feeds))
