"""The process' one subscription: receives messages, reads boards, notices when Redis is gone."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.cluster import RedisCluster
from redis.exceptions import ReadOnlyError

from aggregates.connection import connect_async, name_node
from aggregates.control import read_control_message
from aggregates.held_panels import read_panel_message
from aggregates.keys import CHANNEL, board_keys
from aggregates.message import decode_message
from aggregates.scripts import read_snapshot
from aggregates.server_id import find_eviction, find_server_id, is_replica, read_info_async
from webapp.brief_log import BriefLog
from webapp.feed import Feed
from webapp.following import Step
from webapp.standings import CONNECTION_ERRORS, read_standings

logger = logging.getLogger("tallyboard")

# A connection on which anything takes longer than this is dead.
TIMEOUT_SECONDS = 3.0
# How often versions are compared and the subscription is pinged: the effect of a lost message is
# repaired within this time.
CHECK_SECONDS = 2.0
# The least time between two reads of a board, whatever messages say.
READ_PAUSE_SECONDS = 0.1
# How many messages are handled before other tasks run.
_MESSAGES_AT_A_STRETCH = 50
# A cancellation that had no effect is repeated after this.
_CANCEL_SECONDS = 0.2
_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 2.0


class Listener:
    """Keeps feeds equal to what Redis holds.

    Messages are delivered at most once. So every feed is read after subscribing, when a version is
    missing, and when a check finds another version in Redis than in the feed. A fault in one
    board's keys, or in a message, does not affect other boards.
    """

    def __init__(self, redis_url: str, feeds: Mapping[str, Feed]) -> None:
        self._feeds = feeds
        self._url = redis_url
        self._redis = connect_async(redis_url, TIMEOUT_SECONDS)
        # Selects the cluster node to subscribe to: every node gets all messages, so each attempt
        # uses the next one.
        self._turn = 0
        self._log = BriefLog(logger)
        self._is_stopped = False
        # Boards that must be read, and when each was last read (monotonic seconds).
        self._unread: set[str] = set()
        self._read_at: dict[str, float] = {}
        self.last_heard = time.monotonic()

    async def run(self) -> None:
        """Listen until cancelled; reconnect as often as needed.

        A cancellation always ends it. `asyncio.wait_for` of Python 3.11, which redis-py uses, loses
        a cancellation that comes together with data; so it is repeated, and the loop checks a flag.
        """
        listening = asyncio.create_task(self._run())
        try:
            await asyncio.wait([listening])
        finally:
            self._is_stopped = True
            while not listening.done():
                listening.cancel()
                await asyncio.wait([listening], timeout=_CANCEL_SECONDS)
        listening.result()

    async def _run(self) -> None:
        pause = _FIRST_PAUSE_SECONDS
        while not self._is_stopped:
            started = time.monotonic()
            try:
                await self._listen()
            except Exception as error:
                # Any error: the process continues, and its screens say that they are offline.
                self._log.warn(f"Redis cannot be heard: {_describe(error)}")
                for feed in self._feeds.values():
                    feed.set_offline(f"Redis does not answer ({type(error).__name__})")
            finally:
                await self._redis.aclose()
            if time.monotonic() - started > 2 * CHECK_SECONDS:
                pause = _FIRST_PAUSE_SECONDS
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)

    async def close(self) -> None:
        await self._redis.aclose()

    async def _listen(self) -> None:
        """Subscribe, read all feeds, then follow the messages until an error."""
        async with self._subscriber() as subscriber, subscriber.pubsub() as pubsub:
            await pubsub.subscribe(CHANNEL)
            self._unread = set(self._feeds)
            await self._check()
            logger.info("listening to %d boards", len(self._feeds))
            pinged = heard = time.monotonic()
            next_check = pinged + CHECK_SECONDS
            messages = 0
            while not self._is_stopped:
                now = time.monotonic()
                if now >= next_check:
                    if heard < pinged and now - pinged > TIMEOUT_SECONDS:
                        raise TimeoutError("the subscription is silent")
                    if heard >= pinged:
                        await pubsub.ping()
                        pinged = now
                    await self._check()
                    next_check = now + CHECK_SECONDS
                await self._read_due()
                until = min([next_check, *map(self._next_read, self._unread)])
                reply = await self._next(pubsub, max(0.0, until - time.monotonic()))
                if reply is None:
                    continue
                heard = self.last_heard = time.monotonic()
                if reply["type"] == "message":
                    self._accept(reply["data"])
                    messages += 1
                    if messages % _MESSAGES_AT_A_STRETCH == 0:
                        await asyncio.sleep(0)  # reading buffered messages never yields by itself

    @asynccontextmanager
    async def _subscriber(self) -> AsyncIterator[Redis]:
        """Yield a client to subscribe with: in a cluster, a client of one node."""
        if not isinstance(self._redis, RedisCluster):
            yield self._redis
            return
        await self._redis.initialize()
        nodes = sorted(self._redis.get_primaries(), key=lambda node: node.name)
        node = nodes[self._turn % len(nodes)]
        self._turn += 1
        async with connect_async(
            name_node(self._url, node.host, node.port), TIMEOUT_SECONDS
        ) as client:
            yield client

    async def _next(self, pubsub: PubSub, timeout_seconds: float) -> dict[str, Any] | None:
        reply: dict[str, Any] | None = await pubsub.get_message(timeout=timeout_seconds)
        return reply

    def _accept(self, data: bytes) -> None:
        """Hand a message to its board's feed. A message that cannot be used is skipped."""
        feed = None
        try:
            if (shown := read_panel_message(data)) is not None:
                board, text = shown
                if board in self._feeds:
                    self._feeds[board].panels.accept_text(text)
                return
            told = read_control_message(data)
            if told is not None:
                board, control = told
                if board in self._feeds:
                    self._feeds[board].accept_control(control)
                return
            message = decode_message(data)
            feed = self._feeds.get(message.board)
            if feed is not None and feed.accept_message(message) is Step.READ:
                self._unread.add(feed.board.name)
        except Exception as error:
            # It is from another version or another program. Its figures are read within seconds.
            self._log.warn(f"a message was skipped: {_describe(error)}")
            if feed is not None:
                feed.take_back(error)
                self._unread.add(feed.board.name)

    async def _check(self) -> None:
        """Check all boards' states in one round trip; read those that differ."""
        standings = await read_standings(self._redis, list(self._feeds))
        for name, (standing, info, control, panels) in standings.items():
            feed = self._feeds[name]
            _require_primary(info)
            feed.accept_control(control)
            if isinstance(standing, Exception):
                self._give_up(feed, standing)
                continue
            feed.panels.accept_fields(panels, standing.now_ms)
            step = feed.accept_standing(standing, find_server_id(info), find_eviction(info))
            if step is Step.READ:
                self._unread.add(name)
        await self._read_due()

    def _next_read(self, name: str) -> float:
        """Return when a board may be read again (monotonic seconds)."""
        return self._read_at.get(name, 0.0) + READ_PAUSE_SECONDS

    async def _read_due(self) -> None:
        for name in [name for name in self._unread if self._next_read(name) <= time.monotonic()]:
            self._unread.discard(name)
            await self._read(self._feeds[name])

    async def _read(self, feed: Feed) -> None:
        """Read a board. If its keys cannot be read, other boards are not affected."""
        keys = board_keys(feed.board.name)
        try:
            snapshot = await read_snapshot(self._redis, feed.board)
            # After the snapshot, so that it shows if another server has taken over meanwhile.
            info = await read_info_async(self._redis, keys.meta)
            _require_primary(info)
            feed.accept_snapshot(snapshot, find_server_id(info))
        except CONNECTION_ERRORS:
            raise
        except Exception as error:
            self._give_up(feed, error)
        self._read_at[feed.board.name] = time.monotonic()

    def _give_up(self, feed: Feed, error: Exception) -> None:
        """Mark a board as unreadable; the next read that works ends that."""
        self._log.warn(f"board {feed.board.name} cannot be read: {_describe(error)}")
        feed.set_unreadable(error)


def _require_primary(info: Mapping[str, Any]) -> None:
    if is_replica(info):
        raise ReadOnlyError("the server has become a replica")


def _describe(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
