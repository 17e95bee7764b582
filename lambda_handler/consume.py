"""A stream event to script calls: one per board of the event's table."""

import logging
from collections.abc import Mapping
from typing import NamedTuple

from redis import Redis
from redis.exceptions import RedisError

from aggregates.batch import BatchEncoder
from aggregates.board import Board
from aggregates.keys import BoardKeys, board_keys
from aggregates.scripts import DefinitionError, apply_batch
from lambda_handler.stream import (
    EventError,
    Record,
    parse_records,
    parse_stream,
    read_created,
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
    """Counts stream events on all boards of their table."""

    def __init__(self, boards: Mapping[str, Board], redis: Redis) -> None:
        self._redis = redis
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
            except (RedisError, DefinitionError, OSError) as error:
                # A connection to a former primary answers READONLY for ever: start anew.
                self._redis.close()
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
            batch = encoder.encode_stream(
                changes, stream_ms=stream.made_ms, created=read_created(records)
            )
            for key, reason in batch.rejections[:_LOGGED_REJECTIONS]:
                logger.warning("board %s: item %s is not counted: %s", board.name, key, reason)
            applied = apply_batch(self._redis, keys, batch)
            logger.info(
                "board %s: %d records, %d items applied, %d known already, version %d",
                board.name,
                len(records),
                applied.applied,
                applied.skipped,
                applied.version,
            )
