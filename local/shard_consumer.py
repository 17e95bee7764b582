"""Consumes one shard: reads it, gathers batches, delivers them in order."""

import time
from collections.abc import Callable

from local.delivery import Delivery
from local.lambda_event import LambdaRecord, sequence_number, to_lambda_record
from reconcile.stream import IteratorExpired, RecordsTrimmed, StreamReader

# A page has at most 1 MB, an invocation at most 6 MB.
_MAX_PAGES = 6


class ShardConsumer:
    """Delivers a shard's records to the function.

    `drained_ns` is the start (wall clock, ns) of the last read, if it found nothing and nothing
    waits; None otherwise.
    """

    def __init__(
        self,
        reader: StreamReader,
        shard_id: str,
        stream_arn: str,
        delivery: Delivery,
        *,
        batch_size: int,
        window_seconds: float,
        poll_seconds: float,
        on_trimmed: Callable[[], None],
    ) -> None:
        self._reader = reader
        self._shard_id = shard_id
        self._stream_arn = stream_arn
        self._delivery = delivery
        self._batch_size = batch_size
        self._window_seconds = window_seconds
        self._poll_seconds = poll_seconds
        self._on_trimmed = on_trimmed
        self._iterator: str | None = None
        self._last_read: str | None = None
        self._closed = False
        self._gathered: list[LambdaRecord] = []
        self._pages = 0
        self._gathering_since = 0.0
        self._next_poll = 0.0
        self.drained_ns: int | None = None

    @property
    def finished(self) -> bool:
        """Whether the shard is closed and fully processed: its children may begin."""
        return self._closed and not self._gathered and not self._delivery.waiting

    def step(self, now: float) -> float:
        """Do what is due at `now` (monotonic seconds); return the seconds until the next step.

        Raises the reader's errors; the same step may then be tried again.
        """
        if not self._delivery.waiting:
            self._read(now)
            if self._is_batch_complete(now):
                self._delivery.put(self._gathered)
                self._gathered, self._pages = [], 0
        delay = self._delivery.step(now)
        if delay is not None:
            return delay
        return max(0.0, self._next_poll - now)

    def _read(self, now: float) -> None:
        if self._closed or now < self._next_poll:
            return
        began_ns = time.time_ns()
        try:
            if self._iterator is None:
                self._iterator = self._reader.get_iterator(self._shard_id, self._last_read)
            records, self._iterator, _ = self._reader.read(self._iterator)
        except IteratorExpired:
            self._iterator = None
            return
        except RecordsTrimmed:
            self._iterator = self._last_read = None
            self._on_trimmed()
            return
        self._closed = self._iterator is None
        if not records:
            self.drained_ns = None if self._gathered else began_ns
            self._next_poll = now + self._poll_seconds
            return
        self.drained_ns = None
        if not self._gathered:
            self._gathering_since = now
        self._gathered += [to_lambda_record(record, self._stream_arn) for record in records]
        self._pages += 1
        self._last_read = sequence_number(self._gathered[-1])

    def _is_batch_complete(self, now: float) -> bool:
        return bool(self._gathered) and (
            self._closed
            or len(self._gathered) >= self._batch_size
            or self._pages >= _MAX_PAGES
            or now - self._gathering_since >= self._window_seconds
        )
