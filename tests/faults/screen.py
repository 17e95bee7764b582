"""A screen: the web app's feed, driven by a listener that runs step by step."""

from collections.abc import Callable
from typing import Any

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from aggregates.board import Board
from aggregates.keys import CHANNEL, board_keys
from aggregates.message import decode_message
from aggregates.scripts import _SNAPSHOT, read_standing, snapshot_call
from aggregates.server_id import find_server_id
from aggregates.snapshot import decode_snapshot
from webapp.feed import Feed
from webapp.following import Step
from webapp.standings import CONNECTION_ERRORS


class Screen:
    """Shows a board like `webapp.listener`: it does what the same feed asks for.

    `clock` replaces Redis's clock (seconds since 1970); `misses` decides whether a message is lost.
    """

    def __init__(
        self, board: Board, url: str, clock: Callable[[], float], misses: Callable[[], bool]
    ) -> None:
        self.feed = Feed(board, "page")
        self._clock, self._misses = clock, misses
        self._keys = board_keys(board.name)
        self._redis = Redis.from_url(url, retry=Retry(NoBackoff(), 0), socket_timeout=3.0)
        self._pubsub: Any = None

    def look(self) -> None:
        """Receive the messages, and check the board's state in Redis."""
        try:
            if self._pubsub is None:
                self._pubsub = self._redis.pubsub(ignore_subscribe_messages=True)
                self._pubsub.subscribe(CHANNEL)
                self._check()
                self._read()
            self._pubsub.ping()
            while (reply := self._pubsub.get_message(timeout=3.0)) is None or (
                reply["type"] != "pong"
            ):
                if reply is not None and reply["type"] == "message" and not self._misses():
                    message = decode_message(reply["data"])
                    ours = message.board == self.feed.board.name
                    if ours and self.feed.accept_message(message) is Step.READ:
                        self._read()
            if self._check() is Step.READ:
                self._read()
        except CONNECTION_ERRORS as error:
            self.feed.set_offline(type(error).__name__)
            self.close()
        except Exception as error:  # any problem with the board's keys
            self.feed.set_unreadable(error)

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

    def _check(self) -> Step:
        standing = read_standing(self._redis, self._keys)
        info: Any = self._redis.info()
        now_ms = int(self._clock() * 1000)
        return self.feed.accept_standing(standing._replace(now_ms=now_ms), find_server_id(info))

    def _read(self) -> None:
        board = self.feed.board
        snapshot = decode_snapshot(
            _SNAPSHOT.run(self._redis, *snapshot_call(board)), board.counted_names
        )
        info: Any = self._redis.info()
        self.feed.accept_snapshot(snapshot, find_server_id(info))
