"""A screen: the web app's feed, with a listener that can be stepped."""

from typing import Any

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from aggregates.board import Board
from aggregates.keys import CHANNEL, board_keys
from aggregates.message import decode_message, decode_snapshot
from aggregates.scripts import _SNAPSHOT, snapshot_call
from aggregates.server_id import find_server_id
from webapp.feed import Feed


class Screen:
    """Shows a board as `webapp.listener` has it: subscribe, read, follow; anew after an error."""

    def __init__(self, board: Board, url: str) -> None:
        self.feed = Feed(board, "page")
        self._keys = board_keys(board.name)
        self._redis = Redis.from_url(url, retry=Retry(NoBackoff(), 0), socket_timeout=3.0)
        self._pubsub: Any = None

    def look(self) -> None:
        """Hear what was said, and compare versions."""
        try:
            if self._pubsub is None:
                self._pubsub = self._redis.pubsub(ignore_subscribe_messages=True)
                self._pubsub.subscribe(CHANNEL)
                self._read()
            self._pubsub.ping()
            while (reply := self._pubsub.get_message(timeout=3.0)) is None or (
                reply["type"] != "pong"
            ):
                if reply is not None and reply["type"] == "message":
                    message = decode_message(reply["data"])
                    ours = message.board == self.feed.board.name
                    if ours and not self.feed.accept_message(message):
                        self._read()
            found: Any = self._redis.hmget(self._keys.meta, ["epoch", "version"])
            epoch, version = found
            has = (epoch.decode(), int(version)) if epoch and version else None
            info: Any = self._redis.info()
            if has != self.feed.seen or find_server_id(info) != self.feed.server:
                self._read()
            else:
                self.feed.review()
        except (RedisError, OSError) as error:
            self.feed.set_offline(type(error).__name__)
            self.close()

    @property
    def totals(self) -> dict[str, dict[str, int]]:
        assert self.feed.state is not None
        shown = self.feed.state.snapshot_json(0)["totals"]
        return {group: dict(totals) for group, totals in shown.items()}

    def close(self) -> None:
        if self._pubsub is not None:
            self._pubsub.close()
            self._pubsub = None
        self._redis.connection_pool.disconnect()

    def _read(self) -> None:
        info: Any = self._redis.info()
        board = self.feed.board
        measures = ["count", *(measure.name for measure in board.measures)]
        snapshot = decode_snapshot(_SNAPSHOT.run(self._redis, *snapshot_call(board)), measures)
        self.feed.accept_snapshot(snapshot, find_server_id(info))
