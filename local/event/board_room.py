"""Shows a changed board file on the screens without a restart."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from redis.asyncio import Redis

from aggregates.board import Board
from aggregates.board_file import BoardError, load_boards
from aggregates.connection import REDIS_ERRORS, connect_async
from aggregates.keys import board_keys
from aggregates.scripts import read_snapshot
from aggregates.server_id import find_server_id, read_info_async
from webapp.feed import Feed
from webapp.hub import Hub
from webapp.listener import TIMEOUT_SECONDS
from webapp.rooms import Room
from webapp.settings import Settings

logger = logging.getLogger("tallyboard")

_LOOK_SECONDS = 0.2
# Attempts to read a board while donations arrive; then the listener reads it two seconds later.
_READS = 5


def make_board_room(hub: Hub, settings: Settings, on_change: Callable[[], None]) -> Room:
    """Return a room without routes that follows the board files; call `on_change` on a change."""

    @asynccontextmanager
    async def running() -> AsyncIterator[None]:
        redis = connect_async(settings.redis_url, TIMEOUT_SECONDS)
        task = asyncio.create_task(_follow_files(hub, settings.boards, redis, on_change))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await redis.aclose()

    return Room([], running)


async def _follow_files(hub: Hub, paths: str, redis: Redis, on_change: Callable[[], None]) -> None:
    seen = _read_marks(paths)
    while True:
        await asyncio.sleep(_LOOK_SECONDS)
        if (marks := _read_marks(paths)) == seen:
            continue
        seen = marks
        try:
            boards = load_boards(paths)
        except BoardError as error:
            # The event's process has checked the file, so somebody else has changed this copy.
            logger.warning("the board stays as it was: %s", error)
            continue
        for name, feed in hub.feeds.items():
            if name in boards and boards[name] != feed.board:
                await _show_board(feed, boards[name], redis)
                on_change()


async def _show_board(feed: Feed, board: Board, redis: Redis) -> None:
    feed.change_board(board)
    with suppress(*REDIS_ERRORS, ValueError):
        for _ in range(_READS):
            snapshot = await read_snapshot(redis, board)
            info = await read_info_async(redis, board_keys(board.name).meta)
            shown = feed.state
            if snapshot is None or shown is None or snapshot.version >= shown.version:
                feed.accept_snapshot(snapshot, find_server_id(info))
                return


def _read_marks(paths: str) -> list[tuple[int, int]]:
    """Return marks that differ for each version of the files; empty while one is missing."""
    try:
        stats = [Path(path).stat() for path in paths.split(",")]
    except OSError:
        return []
    return [(stat.st_mtime_ns, stat.st_ino) for stat in stats]
