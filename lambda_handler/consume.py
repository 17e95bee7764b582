"""A stream event to script calls: one per board of the event's table, each with its own outcome."""

import logging
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import NamedTuple

from redis import Redis
from redis.exceptions import ResponseError

from aggregates.batch import Batch, BatchEncoder, Change
from aggregates.board import Board
from aggregates.connection import REDIS_ERRORS
from aggregates.item import name_item
from aggregates.keys import BoardKeys, board_keys
from aggregates.lua_script import DefinitionError, LostError
from aggregates.outliers import log_outliers
from aggregates.scripts import apply_batch, disown_totals
from lambda_handler.stream import (
    EventError,
    Record,
    Stream,
    parse_records,
    parse_stream,
    read_records,
)

logger = logging.getLogger("tallyboard")

# A batch with more bad records than this logs the first ones: all are in Redis.
_LOGGED_REJECTIONS = 20
# After a failure, another board is tried only this long after the batch began: where Redis is
# silent a call takes some 20 s, and the function has 30.
_TRY_SECONDS = 8.0

Response = dict[str, list[dict[str, str]]]


class _Target(NamedTuple):
    board: Board
    keys: BoardKeys
    encoder: BatchEncoder


class Consumer:
    """Counts stream events on all boards of their table.

    It connects by `connect` when there is something to count.
    """

    def __init__(self, boards: Mapping[str, Board], connect: Callable[[], Redis]) -> None:
        self._connect = connect
        self._redis: Redis | None = None
        self._targets: dict[str, list[_Target]] = {}
        for board in boards.values():
            target = _Target(board, board_keys(board.name), BatchEncoder(board))
            self._targets.setdefault(board.table, []).append(target)

    def consume(self, event: object) -> Response:
        """Count an event; return Lambda's partial batch response.

        When Redis fails one board, all of the event is to be delivered again, and the other boards
        are counted all the same: what was applied already is then skipped. Raises `EventError` and
        `KeyMismatch` for an event that can never be counted as it is.
        """
        by_stream: dict[str, list[Record]] = {}
        for record in read_records(event):
            by_stream.setdefault(str(record.get("eventSourceARN", "")), []).append(record)
        for arn, records in by_stream.items():
            if self._consume_stream(parse_stream(arn), records):
                continue
            return {"batchItemFailures": [{"itemIdentifier": _first_number(records)}]}
        return {"batchItemFailures": []}

    def _consume_stream(self, stream: Stream, records: list[Record]) -> bool:
        """Count the records on every board; return whether they need not come again."""
        targets = self._targets.get(stream.table)
        if targets is None:
            raise EventError(
                f"no board counts the table {stream.table!r}; the boards count:"
                f" {', '.join(sorted(self._targets))}"
            )
        # The boards of a table agree on its key.
        changes = parse_records(records, targets[0].board.key)
        if not changes:
            return True
        try_until = time.monotonic() + _TRY_SECONDS
        are_done = True
        for target in targets:
            if not are_done and time.monotonic() > try_until:
                break
            try:
                self._count(target, stream, records, changes)
            except REDIS_ERRORS as error:
                are_done = False
                if not isinstance(error, ResponseError):
                    self._disconnect()
                logger.error(
                    "board %s: %d records from %s on will be delivered again: %s: %s",
                    target.board.name,
                    len(records),
                    _first_number(records),
                    type(error).__name__,
                    error,
                )
        if not are_done:
            self._disconnect()
        return are_done

    def _count(
        self, target: _Target, stream: Stream, records: list[Record], changes: list[Change]
    ) -> None:
        board, keys, encoder = target
        batch = encoder.encode_stream(changes, stream_ms=stream.made_ms)
        _log_rejections(board, batch)
        log_outliers(board, batch.outliers)
        self._redis = self._redis or self._connect()
        try:
            applied = apply_batch(self._redis, keys, batch)
        except (DefinitionError, LostError) as error:
            self._pass_over(board, keys, records, error)
            return
        logger.info(
            "board %s: %d records, %d items applied, %d known already, version %d",
            board.name,
            len(records),
            applied.applied,
            applied.skipped,
            applied.version,
        )

    def _pass_over(
        self, board: Board, keys: BoardKeys, records: list[Record], error: Exception
    ) -> None:
        """Do without records that a board cannot take until a reconcile has counted it anew.

        To have them come again would stop every other board of the table, for hours. They need not:

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
        assert self._redis is not None
        disown_totals(self._redis, keys)
        logger.error(
            "board %s: %d records from %s on are not counted until the board is reconciled: %s",
            board.name,
            len(records),
            _first_number(records),
            error,
        )

    def _disconnect(self) -> None:
        """Have the next batch use new connections: a former primary answers READONLY for ever."""
        if self._redis is not None:
            with suppress(*REDIS_ERRORS):
                self._redis.close()


def _log_rejections(board: Board, batch: Batch) -> None:
    for key, reason in batch.rejections[:_LOGGED_REJECTIONS]:
        item = name_item(key, is_listed=board.lists_key)
        logger.warning("board %s: item %s is not counted: %s", board.name, item, reason)


def _first_number(records: list[Record]) -> str:
    """Return the first record's sequence number; to Lambda, an empty one stands for all records."""
    data = records[0].get("dynamodb")
    return str(data.get("SequenceNumber", "")) if isinstance(data, Mapping) else ""
