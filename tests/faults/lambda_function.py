"""Calls the function as Lambda may: at least once, late, and killed at any step."""

import random
from typing import Any

from redis import Redis
from redis.backoff import ConstantBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.retry import Retry

from aggregates.board import Board
from aggregates.connection import RETRIES, connect
from aggregates.keys import board_keys
from lambda_handler.board_target import count_on
from lambda_handler.consume import Consumer
from tests.faults.table import Table
from tests.stream_events import event

# In virtual time: a call that began longer ago has ended.
TIMEOUT_SECONDS = 8.0


def connect_fast(url: str) -> Redis:
    """Return the product's client with shorter pauses between retries."""
    redis = connect(url)
    redis.set_retry(Retry(ConstantBackoff(0.002), RETRIES))
    return redis


class Killed(BaseException):
    """The process was killed."""


class Function:
    """Delivers the table's stream, each shard in order, through the real handler.

    It counts `neighbour` too, a second board of the table, whose keys may fail.
    """

    def __init__(
        self, board: Board, neighbour: Board, table: Table, url: str, chance: random.Random
    ) -> None:
        self._table, self._chance = table, chance
        self._neighbour, self._neighbours_meta = neighbour, board_keys(neighbour.name).meta
        self._redis = connect_fast(url)
        self._execute = self._redis.execute_command
        self._redis.execute_command = self._execute_or_die  # type: ignore[method-assign]
        self.deploy(board)
        self._positions: list[int] = []
        # Calls that may still reach Redis: their records, start times and the version called.
        self._late: list[tuple[list[dict[str, Any]], float, Consumer]] = []
        self._killed_at = ""
        # By shard: the time until which Lambda does not get to it.
        self._stuck_until: list[float] = []
        # The function is not called until then.
        self.absent_until = 0.0
        # Redis refuses the neighbour's keys until then.
        self.neighbour_fails_until = 0.0
        self._is_neighbour_failing = False
        self._meet_shards()

    def deploy(self, board: Board) -> None:
        """Have calls from now on count by this board file."""
        boards = [board, self._neighbour]
        self._chance.shuffle(boards)
        self._consumer = Consumer(count_on(boards, lambda: self._redis))

    def _meet_shards(self) -> None:
        """Start reading new shards, at their oldest record."""
        new = len(self._table.shards) - len(self._positions)
        self._positions += [0] * new
        self._stuck_until += [0.0] * new

    @property
    def is_drained(self) -> bool:
        self._meet_shards()
        return self._positions == [len(shard) for shard in self._table.shards]

    def deliver(self, now: float, killed_at: str = "") -> bool:
        """Deliver a batch of some shard; `killed_at` is `before` or `after` it is applied.

        Returns whether it was acknowledged.
        """
        self._meet_shards()
        if now < self.absent_until:
            return False
        behind = [
            n
            for n, at in enumerate(self._positions)
            if at < len(self._table.shards[n]) and self._stuck_until[n] <= now
        ]
        if not behind:
            return False
        shard = self._chance.choice(behind)
        at = self._positions[shard]
        batch = self._table.shards[shard][at : at + self._chance.choice((1, 3, 10, 100))]
        if self._chance.random() < 0.3:
            self._late.append((batch, now, self._consumer))
        self._killed_at = killed_at
        self._is_neighbour_failing = now < self.neighbour_fails_until
        try:
            response = self._consumer.consume(event(*batch))
        except Killed:
            self._redis.connection_pool.disconnect()
            return False
        finally:
            self._killed_at = ""
        if response["batchItemFailures"]:
            return False
        self._positions[shard] += len(batch)
        return True

    def stick(self, until: float) -> None:
        """Make a shard fall behind the others."""
        self._stuck_until[self._chance.randrange(len(self._stuck_until))] = until

    def deliver_late(self, now: float) -> bool:
        """Let a call that Lambda no longer waits for reach Redis; return whether there was one."""
        self._late = [call for call in self._late if now - call[1] <= TIMEOUT_SECONDS]
        if not self._late:
            return False
        batch, _, consumer = self._chance.choice(self._late)
        self._is_neighbour_failing = now < self.neighbour_fails_until
        consumer.consume(event(*batch))
        return True

    def deliver_twice(self) -> bool:
        """Go back to an older checkpoint: later records are delivered again, in order."""
        shard = self._chance.randrange(len(self._positions))
        at = self._positions[shard]
        self._positions[shard] = max(0, at - self._chance.randint(1, 20))
        return self._positions[shard] < at

    def give_up(self) -> bool:
        """Skip a batch whose retries are used up; the table must be read again."""
        for shard, at in enumerate(self._positions):
            end = min(at + self._chance.randint(1, 10), len(self._table.shards[shard]))
            if at < end:
                self._positions[shard] = end
                return True
        return False

    def drain(self, now: float) -> None:
        self._stuck_until = [0.0] * len(self._stuck_until)
        self.absent_until = self.neighbour_fails_until = 0.0
        for _ in range(10_000):
            if self.is_drained:
                return
            self.deliver(now)
        raise AssertionError("the stream does not drain")

    def close(self) -> None:
        self._redis.close()

    def _execute_or_die(self, *arguments: Any, **options: Any) -> Any:
        if self._killed_at == "before":
            raise Killed
        if self._is_neighbour_failing and self._neighbours_meta in arguments:
            raise RedisConnectionError("the neighbour's keys cannot be reached")
        reply = self._execute(*arguments, **options)
        if self._killed_at == "after":
            raise Killed
        return reply
