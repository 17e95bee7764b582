"""A board as a target: counts changes in Redis."""

import logging
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress

from redis import Redis

from aggregates.batch import Batch, BatchEncoder, Change
from aggregates.board import Board
from aggregates.connection import REDIS_ERRORS
from aggregates.item import name_item
from aggregates.keys import board_keys
from aggregates.lua_script import DefinitionError, LostError
from aggregates.outliers import log_outliers
from aggregates.scripts import apply_batch, disown_totals
from lambda_handler.stream import Stream
from lambda_handler.target import DONE, Outcome

logger = logging.getLogger("tallyboard")

# How many bad records of a batch are logged; all are noted in Redis.
_LOGGED_REJECTIONS = 20


class SharedRedis:
    """The Redis client of all boards, made when there is something to count."""

    def __init__(self, connect: Callable[[], Redis]) -> None:
        self._connect = connect
        self._redis: Redis | None = None

    def get(self) -> Redis:
        self._redis = self._redis or self._connect()
        return self._redis

    def disconnect(self) -> None:
        """Make the next call connect again: a former primary would answer READONLY forever."""
        if self._redis is not None:
            with suppress(*REDIS_ERRORS):
                self._redis.close()


class BoardTarget:
    """Counts a table's changes on one board."""

    def __init__(self, board: Board, client: SharedRedis) -> None:
        self.name, self.table, self.key = f"board {board.name}", board.table, board.key
        self._board, self._keys, self._client = board, board_keys(board.name), client
        self._encoder = BatchEncoder(board)

    def take(self, changes: Sequence[Change], stream: Stream) -> Outcome:
        """Count changes; if Redis fails, the outcome asks for them again."""
        batch = self._encoder.encode_stream(changes, stream_ms=stream.made_ms)
        self._log_oddities(batch)
        try:
            return self._count(batch, len(changes))
        except REDIS_ERRORS as error:
            self._client.disconnect()
            trouble = f"will be delivered again: {type(error).__name__}: {error}"
            return Outcome(is_done=False, trouble=trouble)

    def _count(self, batch: Batch, changes: int) -> Outcome:
        redis = self._client.get()
        try:
            applied = apply_batch(redis, self._keys, batch)
        except (DefinitionError, LostError) as error:
            return self._pass_over(redis, error)
        logger.info(
            "%s: %d records, %d items applied, %d known already, version %d",
            self.name,
            changes,
            applied.applied,
            applied.skipped,
            applied.version,
        )
        return DONE

    def _pass_over(self, redis: Redis, error: Exception) -> Outcome:
        """Skip changes that a board cannot count until a reconcile has counted it again.

        Asking for them again would stop every other target of the table for hours. Skipping them
        is safe:

        - The script refused and wrote nothing, because Redis has the board under another
          definition, or only a part of it. Only a reconcile ends either: it claims the board, which
          empties it, and then reads the table with strongly consistent reads.
        - These records were made before the refusal, and the refusal came before that claim (after
          it, the script would have accepted them). So that run reads what the records tell, or
          something newer.
        - An older record of the same items, still held by another call of the function, cannot
          bring its state back: after a claim the totals are unproven, so the run waits until such
          calls have ended, and then skips records made long before its reads.

        One case is left: a process with a newer board file has claimed the board already, and this
        function has the older file. The totals proven by the new run would then lack these records.
        So a note is written to Redis before the records are dropped: it withdraws the proof and
        makes a run in progress start over, so that the table is read again after them. Until then
        every screen says `checking`. If the note cannot be written, the records come again.
        """
        disown_totals(redis, self._keys)
        return Outcome(
            is_done=True, trouble=f"are not counted until the board is reconciled: {error}"
        )

    def _log_oddities(self, batch: Batch) -> None:
        for key, reason in batch.rejections[:_LOGGED_REJECTIONS]:
            item = name_item(key, is_listed=self._board.lists_key)
            logger.warning("%s: item %s is not counted: %s", self.name, item, reason)
        log_outliers(self._board, batch.outliers)


def count_on(boards: Iterable[Board], connect: Callable[[], Redis]) -> list[BoardTarget]:
    """Return a target per board. They share one client, which `connect` makes when first used."""
    client = SharedRedis(connect)
    return [BoardTarget(board, client) for board in boards]
