"""A copy and a rule of one table, fed with the rights that the template gives the function."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, NamedTuple

from donations.side_table import create_side_table
from infra.sinks import make_sinks_template
from local.dynamodb import connect_dynamodb
from local.lambda_event import to_event, to_lambda_record
from sinks.beginning import begin_sink
from sinks.call_time import CallTime, TimedClient
from sinks.choosing import RecordSink
from sinks.comparison import parse_comparison
from sinks.consume import SinkConsumer
from sinks.definition import Source
from sinks.filling import ReplicaFill
from sinks.kinds.replica import Replica
from sinks.kinds.rule import Rule
from sinks.sink_state import SinkState, StateTable
from sinks.state_items import name_table
from sinks.targets import make_targets
from sinks.template import parse_template
from tests.infra.guarded_dynamodb import Guard, Use, guard_dynamodb

RESOURCES: dict[str, Any] = make_sinks_template(1)["Resources"]
STATEMENTS = {
    # One with a condition: as it is if that holds.
    (found := statement.get("Fn::If", [None, statement])[1])["Sid"]: found
    for statement in RESOURCES["SinksRole"]["Properties"]["Policies"][0]["PolicyDocument"][
        "Statement"
    ]
}


class Stock(NamedTuple):
    """A change of an item's stock; None is an item that is not there."""

    number: int
    sku: str
    old: int | None
    new: int | None


class Fed:
    """A source with a filled copy and a rule, fed with the rights of the function's role."""

    def __init__(self, dynamodb: Any) -> None:
        table = f"stock-{secrets.token_hex(4)}"
        when, rid = parse_comparison("n < 5"), parse_template("{id}")
        assert when is not None
        assert rid is not None
        source = Source(table, ("sku",))
        self.dynamodb, self.table = dynamodb, table
        copy = Replica(f"copy-{table}", source, f"{table}-copy")
        rule = Rule(f"low-{table}", source, when, f"{table}-low", ("rid",), {"rid": rid})
        self.sinks: list[Replica | Rule] = [copy, rule]
        create_side_table(dynamodb, table, ["sku"])
        for sink in self.sinks:
            begin_sink(sink, dynamodb)
        ReplicaFill(copy, dynamodb, settle_seconds=0).run()

    @contextmanager
    def guarded(
        self,
        without: str = "",
        *,
        slow_seconds: float = 0.0,
        time: CallTime | None = None,
        request_seconds: float = 0.0,
    ) -> Iterator[tuple[Guard, SinkConsumer]]:
        """Yield a consumer; the copy's target needs `slow_seconds` for each request."""
        places = {
            "WriteTargets": [sink.target for sink in self.sinks],
            "KeepStates": [name_table(sink.name) for sink in self.sinks],
        }
        allowed: set[Use] = {
            (action, table)
            for sid, tables in places.items()
            for action in STATEMENTS[sid]["Action"]
            for table in tables
            if table != without
        }
        slow = {self.sinks[0].target: slow_seconds}
        with guard_dynamodb(self.dynamodb.meta.endpoint_url, allowed, slow) as guard:
            client = connect_dynamodb(guard.url)
            timed = TimedClient(client, time or CallTime(), request_seconds=request_seconds)
            yield guard, SinkConsumer(make_targets(self.sinks, timed), detach_seconds=0.0)
            client.close()

    def make_event(self, *changes: Stock) -> dict[str, Any]:
        """Return an event with changes of the table."""
        now = datetime.now(UTC)
        label = now.strftime("%Y-%m-%dT00:00:00.000")
        arn = f"arn:aws:dynamodb:us-east-1:000000000000:table/{self.table}/stream/{label}"
        return to_event([to_lambda_record(_make_record(change, now), arn) for change in changes])

    def read_state(self, sink: RecordSink) -> SinkState:
        state = StateTable(self.dynamodb, sink.name).read()
        assert state is not None
        return state

    def count(self, table: str) -> int:
        count: int = self.dynamodb.scan(TableName=table)["Count"]
        return count


def _make_record(change: Stock, now: datetime) -> dict[str, Any]:
    data: dict[str, Any] = {
        "Keys": {"sku": {"S": change.sku}},
        "SequenceNumber": str(change.number),
        # The fill's cut is some seconds ahead.
        "ApproximateCreationDateTime": datetime.fromtimestamp(now.timestamp() + 60, UTC),
        "StreamViewType": "NEW_AND_OLD_IMAGES",
    }
    for name, stock in (("OldImage", change.old), ("NewImage", change.new)):
        if stock is not None:
            data[name] = {"sku": {"S": change.sku}, "n": {"N": str(stock)}}
    kind = "INSERT" if change.old is None else "REMOVE" if change.new is None else "MODIFY"
    return {"eventID": str(change.number), "eventName": kind, "dynamodb": data}
