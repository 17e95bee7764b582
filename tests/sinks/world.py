"""A world with a source table, its stream's records, a sink, and faults, all from one seed.

The tables are real, on the local DynamoDB. The records are made here as the stream would make them,
so that they can come late, twice, in part, or long after their time. The clock is simulated.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from math import inf
from random import Random
from typing import Any

from donations.image_json import Image
from local.dynamodb import STREAM
from sinks.beginning import begin_sink
from sinks.choosing import RecordSink
from sinks.consume import SinkConsumer
from sinks.filling import FillError, ReplicaFill, fill_rule
from sinks.kinds.replica import Replica
from sinks.kinds.rule import Rule
from sinks.replicating import ReplicaTarget
from sinks.sink_state import StateTable
from sinks.state_items import EXPIRES, STATE_KEY
from sinks.target import Target
from sinks.targets import make_targets
from tests.sinks.actors import Actor
from tests.sinks.shard import Shard

# How long a call of the function lives, and how long a fill waits for such calls to end.
_LIFE_SECONDS = 6.0
_SETTLE_SECONDS = 8
_MOST_STEPS = 4_000


class World:
    """One run. `without` is the guard that is taken out; empty for none."""

    # What a call of the function makes when it writes what it took.
    write_call = "transact_write_items"

    def __init__(self, seed: int, dynamodb: Any, sink: RecordSink, without: str = "") -> None:
        self.random = Random(seed)
        self.target: str = getattr(sink, "target", "")
        self.dynamodb, self.sink, self.without = dynamodb, sink, without
        self.now_s = 1_900_000_000.0
        # Some runs are calm: there the stream alone has to keep the sink exact, and no fill does.
        self.fail_chance = self.random.choice((0.0, 0.0, 0.1))
        self.fill_chance = self.random.choice((0.0, 0.02, 0.12))
        self.can_lose = self.random.random() < 0.4
        self.shard = Shard(sink.source.table, self.random)
        self._invocation: Actor | None = None
        self.actors: list[Actor] = []
        dynamodb.create_table(
            TableName=sink.source.table,
            AttributeDefinitions=[
                {"AttributeName": n, "AttributeType": "S"} for n in sink.source.key
            ],
            KeySchema=[{"AttributeName": sink.source.key[0], "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification=STREAM,
        )
        begin_sink(sink, dynamodb)
        self.state = StateTable(dynamodb, sink.name)
        self.state.note_stream(self.shard.made_ms, "")

    def read_now(self) -> float:
        """Return the time as calls of the function know it."""
        return 0.0 if self.without == "age" else self.now_s

    def remove(self) -> None:
        """Delete the run's tables."""
        for table in filter(None, (self.sink.source.table, self.target, self.state.name)):
            self.dynamodb.delete_table(TableName=table)

    # What happens to the source.

    def write(self, image: Image | None, key: Image) -> None:
        """Put an item, or delete it with None; add its record to the stream."""
        table = self.sink.source.table
        if image is None:
            reply = self.dynamodb.delete_item(TableName=table, Key=key, ReturnValues="ALL_OLD")
        else:
            reply = self.dynamodb.put_item(TableName=table, Item=image, ReturnValues="ALL_OLD")
        old = reply.get("Attributes")
        if old != image:
            self.shard.add(key, old, image, self.now_s)

    def renew_stream(self, *, loses: bool) -> None:
        """Replace the stream; without `loses`, only if all of it was read."""
        if loses or self.shard.is_read:
            if self._invocation is not None:
                self._invocation.kill()
                self._invocation = None
            self.shard.renew()

    # Who reads the stream.

    def begin_call(self) -> Actor | None:
        """Begin the call of the function that is due; return the one that runs."""
        if self._invocation is not None and not self._invocation.is_ended:
            return self._invocation
        batch = self.shard.take_due(self.random.randint(1, 6))
        if not batch:
            return None
        base = self.shard.checkpoint

        def move_on(failed: int | None) -> None:
            self.shard.checkpoint = base + (len(batch) if failed is None else failed)

        self._invocation = self._call(batch, move_on)
        return self._invocation

    def give_up(self, most: int) -> None:
        """Give the next records up, unless a call has them."""
        if self._invocation is None or self._invocation.is_ended:
            self.shard.give_up(most)

    def begin_zombie(self, back: int = 12) -> Actor | None:
        """Begin a call with records that were delivered before, or are due beside it."""
        end = self.shard.checkpoint
        start = self.random.randint(max(0, end - back), end)
        batch = self.shard.records[start : start + self.random.randint(1, 6)]
        return self.call_again(batch) if batch else None

    def begin_redrive(self, place: int | None = None) -> Actor | None:
        """Begin a call with a record that was given up; it may come again."""
        later = self.shard.later
        if not later:
            return None
        return self.call_again([self.random.choice(later) if place is None else later[place]])

    def begin_fill(self) -> Actor:
        """Begin a fill, beside whatever else runs."""

        def work(actor: Actor) -> None:
            # Another fill, or the sink's failure, may end it: the end of a run fills again.
            with suppress(FillError):
                self.fill(actor)

        actor = Actor(self.dynamodb, work, self.without, inf)
        self.actors.append(actor)
        return actor

    def reach_write(self, fill: Actor) -> bool:
        """Let a fill run until it is about to write items; return False if it has ended."""
        # Its first transaction notes that it begins.
        if not self.run_to(fill, self.write_call):
            return False
        fill.step()
        return self.run_to(fill, self.write_call)

    def fill(self, actor: Actor) -> None:
        """Fill the sink, as an actor."""
        settle_seconds = 0 if self.without == "settle" else _SETTLE_SECONDS
        if isinstance(self.sink, Rule):
            fill_rule(
                self.sink,
                actor.client,
                settle_seconds=settle_seconds,
                sleep=lambda seconds: self.sleep(actor, seconds),
            )
        elif isinstance(self.sink, Replica):
            ReplicaFill(
                self.sink,
                actor.client,
                settle_seconds=settle_seconds,
                now_s=lambda: int(self.now_s),
                sleep=lambda seconds: self.sleep(actor, seconds),
            ).run()

    def sleep(self, actor: Actor, seconds: float) -> None:
        until_s = self.now_s + seconds
        while self.now_s < until_s:
            actor.pause()

    def call_again(self, batch: list[dict[str, Any]]) -> Actor:
        # Lambda passes records of one stream.
        arn = batch[0]["eventSourceARN"]
        return self._call([one for one in batch if one["eventSourceARN"] == arn], lambda _: None)

    def _call(self, batch: list[dict[str, Any]], move_on: Callable[[int | None], None]) -> Actor:
        def work(actor: Actor) -> None:
            consumer = SinkConsumer(self.make_targets(actor), detach_seconds=0.0)
            response = consumer.consume({"Records": batch})
            numbers = [one["dynamodb"]["SequenceNumber"] for one in batch]
            failures = response["batchItemFailures"]
            move_on(numbers.index(failures[0]["itemIdentifier"]) if failures else None)

        actor = Actor(self.dynamodb, work, self.without, self.now_s)
        self.actors.append(actor)
        return actor

    def make_targets(self, actor: Actor) -> Sequence[Target]:
        """Return the sink as a call of the function has it."""
        if isinstance(self.sink, Replica):
            return [ReplicaTarget(self.sink, actor.client, workers=1, now_s=self.read_now)]
        return make_targets([self.sink], actor.client, self.read_now)

    # How time passes.

    def pass_days(self, *, forgets: bool) -> None:
        """Let days pass, if all in the stream is read. DynamoDB deletes what has expired.

        What was given up is then too old; without `forgets`, no days pass if there is any.
        """
        if not self.shard.is_read or (self.shard.later and not forgets):
            return
        self.now_s += self.random.uniform(13, 30) * 86_400
        for item in self.scan(self.state.name):
            if float(item.get(EXPIRES, {"N": "inf"})["N"]) < self.now_s:
                key = {STATE_KEY: item[STATE_KEY]}
                self.dynamodb.delete_item(TableName=self.state.name, Key=key)

    def run_to(self, actor: Actor, call: str = "") -> bool:
        """Let one actor run until before a call, or to its end; return whether it is there."""
        for _ in range(_MOST_STEPS):
            if self._is_over(actor):
                return not call
            if call and actor.next_call == call:
                return True
            self.now_s += self.random.choice((0.0, 0.1, 0.2))
            actor.step()
        raise AssertionError("it does not come to an end")

    def run_one(self, steps: int) -> None:
        """Let one actor take steps while all others stand still."""
        self.actors = [actor for actor in self.actors if not self._is_over(actor)]
        others = self.actors
        if others:
            self.actors = [self.random.choice(others)]
            self.run_some(steps)
            self.actors = list(dict.fromkeys([*self.actors, *others]))

    def run_some(self, steps: int, *, with_faults: bool = True) -> None:
        """Let actors take steps, at random; some of them die or fail."""
        for _ in range(steps):
            self.now_s += self.random.choice((0.0, 0.1, 0.4))
            self.actors = [actor for actor in self.actors if not self._is_over(actor)]
            if not self.actors:
                return
            actor = self.random.choice(self.actors)
            if with_faults:
                self._harm(actor)
            actor.step()

    def _harm(self, actor: Actor) -> None:
        chance = self.random.random()
        actor.fails = chance > 1 - self.fail_chance
        if chance < 0.02:
            actor.is_killed = True
        elif chance < 0.04:
            actor.kill_after = True

    def _is_over(self, actor: Actor) -> bool:
        if not actor.is_ended and self.now_s - actor.began_s > _LIFE_SECONDS:
            actor.kill()
        if actor.error is not None:
            raise actor.error
        return actor.is_ended

    def scan(self, table: str) -> list[Image]:
        """Return all items of a table."""
        return [
            item
            for page in self.dynamodb.get_paginator("scan").paginate(TableName=table)
            for item in page["Items"]
        ]
