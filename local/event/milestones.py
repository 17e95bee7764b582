"""When milestones were reached, through restarts: Redis forgets it, the event's file does not."""

import json
import secrets
import threading
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from redis import Redis

from aggregates.board import Board
from aggregates.connection import REDIS_ERRORS
from aggregates.keys import board_keys
from aggregates.lua_script import Script
from aggregates.message import format_time
from local.keep.store import Store, StoreError, open_store

_REMEMBER = Script("remember", folder=Path(__file__).parent)
_LOOK_SECONDS = 0.5
_EPOCH_BYTES = 8


class Milestones:
    """The milestones of a board, as the event's file has them."""

    def __init__(self, board: Board, redis: Redis) -> None:
        self._board, self._redis = board, redis
        self._fact = f"milestones of {board.name}"
        self._keys = board_keys(board.name)

    def remember(self, store: Store) -> None:
        """Tell Redis what was reached before, where it has nothing of the board."""
        kept = store.read_fact(self._fact)
        if kept is None or not (milestones := json.loads(kept)):
            return
        board = {
            "definition": self._board.definition,
            "epoch": secrets.token_hex(_EPOCH_BYTES),
            "at": format_time(datetime.now(UTC)),
            "milestones": milestones,
        }
        keys = self._keys[: self._keys.index(self._keys.chain)]
        _REMEMBER.run(self._redis, keys, json.dumps(board))

    def follow(self, path: Path, stop: threading.Event) -> None:
        """Keep what is reached in the event's file, until `stop` is set."""
        # A disk that takes nothing is told by what keeps the donations; here it is tried again.
        store: Store | None = None
        kept: str | None = None
        while not stop.wait(_LOOK_SECONDS):
            with suppress(StoreError, *REDIS_ERRORS):
                store = store or open_store(path)
                text = self._read()
                if text is not None and text != kept:
                    store.write_fact(self._fact, text)
                    kept = text
        if store is not None:
            store.close()

    def _read(self) -> str | None:
        """Return what is reached; None before the totals are proven: it is not known then."""
        if not self._redis.hexists(self._keys.meta, "verified_at"):
            return None
        found: Any = self._redis.hgetall(self._keys.milestones)
        return json.dumps({key.decode(): value.decode() for key, value in sorted(found.items())})
