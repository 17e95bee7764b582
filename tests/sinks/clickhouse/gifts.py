"""A table on the local DynamoDB with its real stream, and a sink of it."""

import time
from collections.abc import Callable
from random import Random
from typing import Any

from donations.image_json import Image
from donations.side_table import create_side_table
from sinks.beginning import begin_sink
from sinks.clickhouse.filling import ClickHouseFill
from sinks.clickhouse.server import Server
from sinks.clickhouse.verifying import verify_clickhouse
from sinks.consume import SinkConsumer
from sinks.kinds.clickhouse import ClickHouse
from sinks.sink_state import SinkState, StateTable
from sinks.targets import make_targets
from sinks.verifying import Verified
from tests.explore.boards import invent, make_key
from tests.sinks.clickhouse.access import ENVIRONMENT
from tests.sinks.clickhouse.seen import find_wrong
from tests.sinks.stream_event import read_event


class Gifts:
    """The gifts of a sink. Its clock for fills is a minute late, and they wait for nothing."""

    def __init__(self, dynamodb: Any, sink: ClickHouse) -> None:
        self.dynamodb, self.sink = dynamodb, sink
        self.random = Random(7)
        create_side_table(dynamodb, sink.source.table, ["donationId"])
        begin_sink(sink, dynamodb)
        self.clock_is_late_s = 60.0
        # What happens while a fill waits, and how long each of its transactions is held up.
        self.during_sleep: Callable[[], None] = lambda: None
        self.hold_up_s: list[float] = []

    def put(self, number: int, **attributes: Any) -> Image:
        """Put an item, which is another one each time."""
        item = invent(self.random, make_key(number)) | attributes
        self.dynamodb.put_item(TableName=self.sink.source.table, Item=item)
        return item

    def delete(self, number: int) -> None:
        self.dynamodb.delete_item(TableName=self.sink.source.table, Key=make_key(number))

    def read_records(self) -> list[dict[str, Any]]:
        """Return all records of the stream."""
        records: list[dict[str, Any]] = read_event(self.dynamodb, self.sink.source.table)["Records"]
        return records

    def deliver(self, *records: dict[str, Any], sink: ClickHouse | None = None) -> bool:
        """Call the function with some records; return whether none has to come again."""
        targets = make_targets([sink or self.sink], self.dynamodb, environment=ENVIRONMENT)
        answer = SinkConsumer(targets).consume({"Records": [*records]})
        return not answer["batchItemFailures"]

    def fill(self, sink: ClickHouse | None = None) -> int:
        return ClickHouseFill(
            sink or self.sink,
            _HeldUp(self),
            Server(sink or self.sink, ENVIRONMENT),
            now_s=lambda: int(time.time() - self.clock_is_late_s),
            sleep=self._sleep,
        ).run()

    def verify(self, sleep: Callable[[float], object] = lambda _: None) -> Verified:
        server = Server(self.sink, ENVIRONMENT)
        return verify_clickhouse(
            self.sink, self.dynamodb, server, sleep=lambda seconds: (sleep(seconds), None)[1]
        )

    def read_state(self) -> SinkState:
        state = StateTable(self.dynamodb, self.sink.name).read()
        assert state is not None
        return state

    def scan(self) -> list[Image]:
        items: list[Image] = self.dynamodb.scan(
            TableName=self.sink.source.table, ConsistentRead=True
        )["Items"]
        return items

    def find_wrong(self) -> list[str]:
        """Return how the rows differ from the items."""
        return find_wrong(self.sink, self.scan())

    def _sleep(self, seconds: float) -> None:
        self.clock_is_late_s -= seconds
        self.during_sleep()


class _HeldUp:
    """A client whose transactions take long."""

    def __init__(self, gifts: Gifts) -> None:
        self._gifts = gifts

    def __getattr__(self, name: str) -> Any:
        return getattr(self._gifts.dynamodb, name)

    def transact_write_items(self, **parameters: Any) -> Any:
        if self._gifts.hold_up_s:
            self._gifts.clock_is_late_s -= self._gifts.hold_up_s.pop()
        return self._gifts.dynamodb.transact_write_items(**parameters)
