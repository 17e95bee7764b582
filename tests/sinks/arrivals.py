"""When what is written into a table is counted, and when it is in a copy."""

import threading
import time
from typing import Any

from redis import Redis

from aggregates.board import ALL, Board
from aggregates.keys import CHANNEL
from aggregates.message import decode_message


class Arrivals:
    """Follows the channel and a copy; `written` are the phases, keys and times of new items.

    The n-th item that was written is compared with the moment in which n were counted.
    """

    def __init__(self, board: Board, dynamodb: Any, redis: Redis, copy: str) -> None:
        self._board, self._dynamodb, self._redis, self._copy = board, dynamodb, redis, copy
        self.written: list[tuple[str, str, float]] = []
        self._counted: list[float] = []
        self._copied: list[float] = []

    def note_written(self, phase: str, key: str) -> None:
        """Note an item that is about to be written."""
        self.written.append((phase, key, time.monotonic()))

    def follow_counts(self, stop: threading.Event) -> None:
        """Note when each message says that more are counted, until `stop` is set."""
        with self._redis.pubsub(ignore_subscribe_messages=True) as pubsub:
            pubsub.subscribe(CHANNEL)
            while not stop.is_set():
                heard = pubsub.get_message(timeout=0.2)
                if heard is None:
                    continue
                message = decode_message(heard["data"])
                total = message.totals.get(ALL)
                if message.board == self._board.name and total is not None:
                    more = total["count"] - len(self._counted)
                    self._counted += [time.monotonic()] * more

    def follow_copies(self, stop: threading.Event) -> None:
        """Ask the copy for the next item, until `stop` is set."""
        while not stop.is_set():
            place = len(self._copied)
            if place < len(self.written) and self._is_copied(self.written[place][1]):
                self._copied.append(time.monotonic())
            else:
                stop.wait(0.1)

    def are_all_in(self) -> bool:
        return len(self.written) == len(self._counted) == len(self._copied)

    def count_copied(self, phase: str) -> int:
        """Return how many items of a phase are in the copy by now."""
        return sum(one[0] == phase for one in self.written[: len(self._copied)])

    def find_delays(self) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
        """Return by phase the seconds from each write to its count, and to its copy."""
        counting: dict[str, list[float]] = {}
        copying: dict[str, list[float]] = {}
        for (phase, _, at), counted, copied in zip(
            self.written, self._counted, self._copied, strict=True
        ):
            counting.setdefault(phase, []).append(counted - at)
            copying.setdefault(phase, []).append(copied - at)
        return counting, copying

    def _is_copied(self, key: str) -> bool:
        reply = self._dynamodb.get_item(
            TableName=self._copy, Key={self._board.key[0]: {"S": key}}, ConsistentRead=True
        )
        return "Item" in reply
