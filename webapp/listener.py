"""The process' one subscription: hears messages, reads snapshots, notices when Redis is gone."""

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

from aggregates.connection import REDIS_ERRORS, connect_async, name_node
from aggregates.keys import CHANNEL, board_keys
from aggregates.message import MessageError, decode_message
from aggregates.scripts import read_snapshot
from aggregates.server_id import find_eviction, find_server_id, is_replica, read_info_async
from webapp.feed import Feed

logger = logging.getLogger("tallyboard")

# A connection that takes longer than this for anything is dead.
TIMEOUT_SECONDS = 3.0
# How often versions are compared and the subscription's pulse is felt: a message that was lost is
# made up for within this.
CHECK_SECONDS = 2.0
_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 2.0


class Listener:
    """Keeps feeds equal to what Redis holds.

    Messages are at most once; so every feed is read anew after subscribing, at a gap between
    versions, and where Redis is found to have another version than the feed.
    """

    def __init__(self, redis_url: str, feeds: Mapping[str, Feed]) -> None:
        self._feeds = feeds
        self._url = redis_url
        self._redis = connect_async(redis_url, TIMEOUT_SECONDS)
        # Which of a cluster's nodes is subscribed to: any hears all, so another is taken each time.
        self._turn = 0
        self.last_heard = time.monotonic()

    async def run(self) -> None:
        """Listen until cancelled; connect again for as long as that takes."""
        pause = _FIRST_PAUSE_SECONDS
        while True:
            started = time.monotonic()
            try:
                await self._listen()
            except REDIS_ERRORS as error:
                reason = _describe(error)
                logger.warning("Redis cannot be heard: %s", reason)
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
        """Subscribe, read all feeds, then follow the messages; ends by an error."""
        async with self._subscriber() as subscriber, subscriber.pubsub() as pubsub:
            await pubsub.subscribe(CHANNEL)
            for feed in self._feeds.values():
                await self._read(feed)
            logger.info("listening to %d boards", len(self._feeds))
            pinged = heard = time.monotonic()
            next_check = pinged + CHECK_SECONDS
            while True:
                now = time.monotonic()
                if now >= next_check:
                    if heard < pinged and now - pinged > TIMEOUT_SECONDS:
                        raise TimeoutError("the subscription is silent")
                    if heard >= pinged:
                        await pubsub.ping()
                        pinged = now
                    await self._check()
                    next_check = now + CHECK_SECONDS
                reply = await self._next(pubsub, max(0.0, next_check - time.monotonic()))
                if reply is not None:
                    heard = self.last_heard = time.monotonic()
                    if reply["type"] == "message":
                        await self._accept(reply["data"])

    @asynccontextmanager
    async def _subscriber(self) -> AsyncIterator[Redis]:
        """Yield a client to subscribe with: in a cluster, that of one node."""
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

    async def _accept(self, data: bytes) -> None:
        try:
            message = decode_message(data)
            feed = self._feeds.get(message.board)
            is_told = feed is None or feed.accept_message(message)
        except MessageError as error:
            # Of another version, or of somebody else; what it was to tell is read within seconds.
            logger.warning("a message is passed over: %s", _describe(error))
            return
        if feed is not None and not is_told:
            await self._read(feed)

    async def _check(self) -> None:
        """Compare server and versions with Redis; read what differs."""
        for feed in self._feeds.values():
            keys = board_keys(feed.board.name)
            info = await self._read_info(keys.meta)
            found: list[Any] = await self._redis.hmget(keys.meta, ["epoch", "version"])
            epoch, version = (None if value is None else value.decode() for value in found)
            seen = None if feed.seen is None else (feed.seen[0], str(feed.seen[1]))
            has = None if epoch is None or version is None else (epoch, version)
            if has != seen or find_server_id(info) != feed.server:
                await self._read(feed)
            else:
                feed.review()

    async def _read(self, feed: Feed) -> None:
        """Read a board anew. Keys that cannot be read are that board's trouble alone."""
        keys = board_keys(feed.board.name)
        info = await self._read_info(keys.meta)
        try:
            snapshot = await read_snapshot(self._redis, feed.board)
            feed.accept_snapshot(snapshot, find_server_id(info), find_eviction(info))
        except MessageError as error:
            logger.warning("board %s cannot be read: %s", feed.board.name, _describe(error))
            feed.set_offline(f"What Redis holds of the board cannot be read ({_describe(error)})")

    async def _read_info(self, key: str) -> Mapping[str, Any]:
        info = await read_info_async(self._redis, key)
        if is_replica(info):
            raise ReadOnlyError("the server has become a replica")
        return info


def _describe(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
