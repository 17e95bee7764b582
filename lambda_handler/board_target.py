"""A board as a target: its changes are counted in Redis."""

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

# A batch with more bad records than this logs the first ones: all are in Redis.
_LOGGED_REJECTIONS = 20


class SharedRedis:
    """The client of all boards, made when there is something to count."""

    def __init__(self, connect: Callable[[], Redis]) -> None:
        self._connect = connect
        self._redis: Redis | None = None

    def get(self) -> Redis:
        self._redis = self._redis or self._connect()
        return self._redis

    def disconnect(self) -> None:
        """Have the next call use new connections: a former primary answers READONLY forever."""
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
        """Count changes; where Redis fails, they are to come again."""
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
        """Do without changes that a board cannot take until a reconcile has counted it again.

        To have them come again would stop every other target of the table, for hours. They need
        not:

        - The script has refused and written nothing, because Redis has the board under another
          definition, or only a part of it. Both end in one way alone: a run of reconcile claims the
          board, which empties it, and then reads the table by strongly consistent reads.
        - These records were made before the refusal, and the refusal came before that claim (after
          it, the script would have taken them). So the reads of that run show what the records
          tell, or something newer.
        - An older record of the same items that some call of the function still holds cannot bring
          its state back: a run after a claim begins unproven, so it waits until such calls have
          ended, and then passes over what was made long before its reads.

        One case is left: the board is claimed already, by a process with a newer file, and it is
        this function that is behind. Then the totals that the new run proves would lack these
        records. Hence the note in Redis, before the records are let go: it takes the proof away
        and makes a run in progress begin again, so the table is read once more after them. Until
        then every screen says that it is checking. If the note fails, the records come again.
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
    """Return targets that count on boards, over one client: `connect` makes it when first used."""
    client = SharedRedis(connect)
    return [BoardTarget(board, client) for board in boards]
