"""A stream event to script calls: one per board of the event's table."""

import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import NamedTuple

from redis import Redis

from aggregates.batch import BatchEncoder
from aggregates.board import Board
from aggregates.connection import REDIS_ERRORS
from aggregates.keys import BoardKeys, board_keys
from aggregates.scripts import DefinitionError, LostError, apply_batch
from lambda_handler.stream import (
    EventError,
    Record,
    parse_records,
    parse_stream,
    read_records,
)

logger = logging.getLogger("tallyboard")

# A batch with more bad records than this logs the first ones: all are in Redis.
_LOGGED_REJECTIONS = 20

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

        When Redis fails, all of the event is to be delivered again: what was applied already is
        then skipped. Raises `EventError` for an event that can never be counted as it is.
        """
        by_stream: dict[str, list[Record]] = {}
        for record in read_records(event):
            by_stream.setdefault(record.get("eventSourceARN", ""), []).append(record)
        for arn, records in by_stream.items():
            try:
                self._consume_stream(arn, records)
            except (*REDIS_ERRORS, DefinitionError, LostError) as error:
                self._disconnect()
                first = records[0]["dynamodb"]["SequenceNumber"]
                logger.error(
                    "%d records from %s on will be delivered again: %s: %s",
                    len(records),
                    first,
                    type(error).__name__,
                    error,
                )
                return {"batchItemFailures": [{"itemIdentifier": first}]}
        return {"batchItemFailures": []}

    def _consume_stream(self, arn: str, records: list[Record]) -> None:
        stream = parse_stream(arn)
        targets = self._targets.get(stream.table)
        if targets is None:
            raise EventError(
                f"no board counts the table {stream.table!r}; the boards count:"
                f" {', '.join(sorted(self._targets))}"
            )
        for board, keys, encoder in targets:
            changes = parse_records(records, board.key)
            batch = encoder.encode_stream(changes, stream_ms=stream.made_ms)
            for key, reason in batch.rejections[:_LOGGED_REJECTIONS]:
                logger.warning("board %s: item %s is not counted: %s", board.name, key, reason)
            self._redis = self._redis or self._connect()
            applied = apply_batch(self._redis, keys, batch)
            logger.info(
                "board %s: %d records, %d items applied, %d known already, version %d",
                board.name,
                len(records),
                applied.applied,
                applied.skipped,
                applied.version,
            )

    def _disconnect(self) -> None:
        """Have the next batch use new connections: a former primary answers READONLY for ever."""
        if self._redis is not None:
            with suppress(*REDIS_ERRORS):
                self._redis.close()
