"""Does what Lambda does between a stream and the function: poll, batch, deliver, retry."""

import threading
import time
from collections.abc import Callable
from functools import partial

from botocore.exceptions import BotoCoreError, ClientError

from local.delivery import Delivery, EventSourceMapping, GivenUp, Invoke
from local.shard_consumer import ShardConsumer
from reconcile.stream import Shard, StreamReader

# How often an idle shard is read; a donation waits half of it on average.
POLL_SECONDS = 0.05
_LIST_SHARDS_SECONDS = 10.0
# The wait after a failed read of the stream.
_ERROR_SECONDS = 1.0


class EventSource:
    """Delivers a stream from its oldest record on, parent shards before their children.

    `give_up` gets a shard's id and the records whose retries are used up. `mark_drained` gets a
    wall-clock time (ns): everything written before it is processed, because every shard was read
    since and nothing waits. `on_trimmed` is called if records were lost: read the table again.
    """

    def __init__(
        self,
        reader: StreamReader,
        stream_arn: str,
        invoke: Invoke,
        *,
        mapping: EventSourceMapping,
        give_up: Callable[[str, GivenUp], None],
        notify: Callable[[str], None],
        mark_drained: Callable[[int], None],
        on_trimmed: Callable[[], None],
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        self._reader = reader
        self._stream_arn = stream_arn
        self._invoke = invoke
        self._mapping = mapping
        self._give_up = give_up
        self._notify = notify
        self._mark_drained = mark_drained
        self._on_trimmed = on_trimmed
        self._poll_seconds = poll_seconds
        self._shards: dict[str, Shard] = {}
        self._consumers: dict[str, ShardConsumer] = {}
        self._next_listing = 0.0
        # What cannot be read at the moment: a shard's id, or the list of shards.
        self._failing: set[str] = set()

    def run(self, stop: threading.Event) -> None:
        """Deliver until `stop` is set; a running invocation ends first."""
        delay = 0.0
        while not stop.wait(delay):
            delay = self.step(time.monotonic())

    def step(self, now: float) -> float:
        """Do what is due at `now` (monotonic seconds); return the seconds until the next step."""
        if now >= self._next_listing:
            self._next_listing = now + self._attempt("its shards", self._list_shards)
        ready = {
            shard_id: consumer
            for shard_id, consumer in self._consumers.items()
            if not consumer.finished and self._is_parent_finished(self._shards[shard_id])
        }
        # A shard that cannot be read must not hold up the others.
        delays = [
            self._attempt(shard_id, partial(consumer.step, now))
            for shard_id, consumer in ready.items()
        ]
        if any(consumer.finished for consumer in ready.values()):
            self._next_listing = 0.0  # its children may be new
            return 0.0
        drained = [consumer.drained_ns for consumer in ready.values()]
        known = [time_ns for time_ns in drained if time_ns is not None]
        if known and len(known) == len(drained):
            self._mark_drained(min(known))
        return min(delays, default=self._poll_seconds)

    def _attempt(self, what: str, do: Callable[[], float]) -> float:
        """Call `do`; return the seconds until the next call, also if it failed."""
        try:
            delay = do()
        except (BotoCoreError, ClientError) as error:
            if what not in self._failing:
                self._failing.add(what)
                self._notify(f"the stream cannot be read ({what}), trying again: {error}")
            return _ERROR_SECONDS
        self._failing.discard(what)
        return delay

    def _list_shards(self) -> float:
        for shard in self._reader.list_shards():
            self._shards[shard.id] = shard
            if shard.id not in self._consumers:
                self._consumers[shard.id] = self._make_consumer(shard.id)
        return _LIST_SHARDS_SECONDS

    def _make_consumer(self, shard_id: str) -> ShardConsumer:
        delivery = Delivery(
            self._mapping,
            self._invoke,
            give_up=lambda given_up: self._give_up(shard_id, given_up),
            notify=self._notify,
        )
        return ShardConsumer(
            self._reader,
            shard_id,
            self._stream_arn,
            delivery,
            batch_size=self._mapping.batch_size,
            window_seconds=self._mapping.window_seconds,
            poll_seconds=self._poll_seconds,
            on_trimmed=self._on_trimmed,
        )

    def _is_parent_finished(self, shard: Shard) -> bool:
        # A parent that is no longer listed was trimmed.
        parent = self._consumers.get(shard.parent_id) if shard.parent_id else None
        return parent is None or parent.finished
