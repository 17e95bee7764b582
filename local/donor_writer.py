"""Writes the simulated donors' donations to the table."""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from aggregates.board import Board
from donations.batch_writer import BATCH_ITEMS, ItemWriter
from donations.donation import Donation, Item, to_item
from local.donors import Act, Given, Refunded
from local.errors import LocalError

# The wait after a failed write.
_ERROR_SECONDS = 1.0


class DonorWriter:
    """Writes to one board's table, and counts its writes."""

    def __init__(self, client: Any, board: Board, notify: Callable[[str], None]) -> None:
        self._client = client
        self._board = board
        self._notify = notify
        self._given = self._corrected = self._refunded = 0

    def write_history(self, donations: Sequence[Donation], stop: threading.Event) -> None:
        """Write donations of the past as fast as possible, until `stop` is set."""
        items = [to_item(self._board, donation) for donation in donations]
        writer = ItemWriter(self._client, self._board.table, stop)
        try:
            try:
                for batch in _split(items, BATCH_ITEMS):
                    writer.put(batch)
            finally:
                writer.close()
        except (BotoCoreError, ClientError, LocalError) as error:
            self._notify(f"the past hours' donations could not be written: {error}")
        self._given += writer.written

    def run(self, acts: Iterable[tuple[float, Act]], stop: threading.Event) -> None:
        """Write each act after its wait, until `stop` is set or there are no more."""
        for wait, act in acts:
            if stop.wait(wait):
                return
            try:
                self._write(act)
            except (BotoCoreError, ClientError) as error:
                self._notify(f"a simulated donation could not be written: {error}")
                if stop.wait(_ERROR_SECONDS):
                    return

    def describe(self) -> str:
        """Return the counts so far, such as `12 given, 1 corrected, 0 refunded`."""
        return f"{self._given:,} given, {self._corrected:,} corrected, {self._refunded:,} refunded"

    def _write(self, act: Act) -> None:
        table = self._board.table
        if isinstance(act, Refunded):
            key = {self._board.key[0]: {"S": act.donation_id}}
            self._client.delete_item(TableName=table, Key=key)
            self._refunded += 1
            return
        self._client.put_item(TableName=table, Item=to_item(self._board, act.donation))
        if isinstance(act, Given):
            self._given += 1
        else:
            self._corrected += 1


def _split(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    for begin in range(0, len(items), size):
        yield items[begin : begin + size]
