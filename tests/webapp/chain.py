"""The chain of one board: its table, the handler, Redis, the web app, and `curl` as a screen."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from redis import Redis

from aggregates.board_file import load_board
from lambda_handler.board_target import count_on
from lambda_handler.consume import Consumer
from local.dynamodb import create_table
from reconcile.reconcile import reconcile_board
from tests.conftest import RedisServer
from tests.stream_events import donation, event, record
from tests.webapp.serving import Event, Watcher, Web, curl, serve
from tests.webapp.states import note_chain

# Later than the stream that the local DynamoDB creates for a table.
_STREAM = "arn:aws:dynamodb:eu-west-1:1:table/{}/stream/2036-11-21T18:00:00.000"


class Chain:
    """A board of a table that is made for it."""

    def __init__(self, redis: Redis, server: RedisServer, dynamodb: Any, board_file: Path) -> None:
        self.redis, self.server, self.file = redis, server, board_file
        self.board = load_board(board_file)
        self._dynamodb = dynamodb
        create_table(dynamodb, self.board)

    def give(self, sequence: int, amount: int) -> None:
        """Write a donation into the table and pass it through the handler."""
        item = donation(f"d-{sequence}", "Phone", amount)
        self._dynamodb.put_item(TableName=self.board.table, Item=item)
        self._handle(record(sequence, item, arn=self._arn))

    def refund(self, sequence: int, given: int) -> None:
        """Pass the end of the donation `given` through the handler."""
        self._handle(record(sequence, None, key=f"d-{given}", arn=self._arn))

    def prove(self) -> None:
        """Prove the totals, and note that the chain is whole, as the watch does."""
        reconcile_board(self.board, self._dynamodb, self.redis)
        note_chain(self.redis, self.board)

    @contextmanager
    def showing(self) -> Iterator[tuple[Web, Watcher]]:
        """Serve the board; yield the server and a screen."""
        with (
            serve(self.server.url, self.file) as web,
            curl(f"{web.url}/events") as screen,
        ):
            yield web, screen

    @property
    def _arn(self) -> str:
        return _STREAM.format(self.board.table)

    def _handle(self, change: dict[str, Any]) -> None:
        Consumer(count_on([self.board], lambda: self.redis)).consume(event(change))


def is_state(state: str) -> Any:
    """Return a condition of an event: it tells this state."""
    return lambda event: event.name == "status" and event.data["state"] == state


def is_total(amount: int) -> Any:
    """Return a condition of an event: it tells this total."""

    def meets(event: Event) -> bool:
        total: int | None = event.data.get("totals", {}).get("ALL", {}).get("amount")
        return total == amount

    return meets
