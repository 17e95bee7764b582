"""Tables that are counted, and what Redis then has of a board."""

import math
import threading
from collections.abc import Callable
from typing import Any

from botocore.exceptions import EndpointConnectionError
from redis import Redis

from aggregates.board import Board
from aggregates.keys import board_keys
from lambda_handler.board_target import count_on
from lambda_handler.consume import Consumer
from tests.stream_events import donation, event

# The stream's label in the tests' records: later than the stream that the local DynamoDB creates.
STREAM_LABEL = "2036-11-21T18:00:00.000"


def put(dynamodb: Any, board: Board, *items: dict[str, Any]) -> None:
    for item in items:
        dynamodb.put_item(TableName=board.table, Item=item)


def consume(redis: Redis, board: Board, *records: dict[str, Any]) -> None:
    arn = f"arn:aws:dynamodb:eu-west-1:1:table/{board.table}/stream/{STREAM_LABEL}"
    Consumer(count_on([board], lambda: redis)).consume(
        event(*({**r, "eventSourceARN": arn} for r in records))
    )


def read_meta(redis: Redis, board: Board) -> dict[str, str]:
    reply: Any = redis.hgetall(board_keys(board.name).meta)
    return {key.decode(): value.decode() for key, value in reply.items()}


class _Interrupted:
    """A DynamoDB client that runs a function between the read of a page and its use."""

    def __init__(self, dynamodb: Any, happen: Callable[[], None]) -> None:
        self._dynamodb, self._happen = dynamodb, happen
        self.describe_table = dynamodb.describe_table

    def scan(self, **arguments: Any) -> Any:
        page = self._dynamodb.scan(**arguments)
        self._happen()
        return page


class Scans:
    """A DynamoDB client that records pages, makes them small, and fails after `breaks_after`."""

    def __init__(self, dynamodb: Any, *, limit: int = 1, breaks_after: float = math.inf) -> None:
        self._dynamodb, self._limit, self._breaks_after = dynamodb, limit, breaks_after
        self.describe_table = dynamodb.describe_table
        self._lock = threading.Lock()
        self.calls: list[dict[str, Any]] = []
        self.read: list[str] = []

    def scan(self, **arguments: Any) -> Any:
        with self._lock:
            if len(self.calls) >= self._breaks_after:
                raise EndpointConnectionError(endpoint_url="http://nowhere")
            self.calls.append(arguments)
        page = self._dynamodb.scan(**arguments | {"Limit": self._limit})
        with self._lock:
            self.read += [item["donationId"]["S"] for item in page["Items"]]
        return page


def put_many(dynamodb: Any, board: Board, count: int) -> list[str]:
    keys = [f"d-{number:02}" for number in range(count)]
    put(dynamodb, board, *(donation(key, amount=1) for key in keys))
    return keys


def redis_address(redis: Redis) -> str:
    arguments = redis.connection_pool.connection_kwargs
    return f"redis://{arguments['host']}:{arguments['port']}"


def empty(redis: Redis, board: Board) -> None:
    redis.unlink(*board_keys(board.name))
