"""The sinks' function may do what it does, and no more; its alarms count lines that it writes."""

import logging
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from fnmatch import fnmatch
from typing import Any

import pytest

from donations.side_table import create_side_table
from infra.sinks import make_sinks_template
from local.delivery import EventSourceMapping
from local.dynamodb import connect_dynamodb
from local.lambda_event import to_event, to_lambda_record
from sinks.beginning import begin_sink
from sinks.comparison import parse_comparison
from sinks.consume import DETACH_SECONDS, SinkConsumer
from sinks.definition import Source
from sinks.filling import SETTLE_SECONDS, ReplicaFill
from sinks.kinds.replica import Replica
from sinks.kinds.rule import Rule
from sinks.state_items import MOST_AGE_SECONDS, name_table
from sinks.targets import make_targets
from sinks.template import parse_template
from tests.conftest import ROOT
from tests.infra.guarded_dynamodb import Guard, Use, guard_dynamodb

RESOURCES: dict[str, Any] = make_sinks_template(1)["Resources"]
STATEMENTS = {
    statement["Sid"]: statement
    for statement in RESOURCES["SinksRole"]["Properties"]["Policies"][0]["PolicyDocument"][
        "Statement"
    ]
}


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
    def guarded(self, without: str = "") -> Iterator[tuple[Guard, SinkConsumer]]:
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
        with guard_dynamodb(self.dynamodb.meta.endpoint_url, allowed) as guard:
            client = connect_dynamodb(guard.url)
            yield guard, SinkConsumer(make_targets(self.sinks, client), detach_seconds=0.0)
            client.close()

    def make_event(self, number: int, old: int | None, new: int | None) -> dict[str, Any]:
        """Return an event in which the stock of tea changes."""
        now = datetime.now(UTC)
        label = now.strftime("%Y-%m-%dT00:00:00.000")
        data: dict[str, Any] = {
            "Keys": {"sku": {"S": "tea"}},
            "SequenceNumber": str(number),
            # The fill's cut is some seconds ahead.
            "ApproximateCreationDateTime": datetime.fromtimestamp(now.timestamp() + 60, UTC),
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        }
        for name, stock in (("OldImage", old), ("NewImage", new)):
            if stock is not None:
                data[name] = {"sku": {"S": "tea"}, "n": {"N": str(stock)}}
        kind = "INSERT" if old is None else "REMOVE" if new is None else "MODIFY"
        record = {"eventID": str(number), "eventName": kind, "dynamodb": data}
        arn = f"arn:aws:dynamodb:us-east-1:000000000000:table/{self.table}/stream/{label}"
        return to_event([to_lambda_record(record, arn)])

    def count(self, table: str) -> int:
        count: int = self.dynamodb.scan(TableName=table)["Count"]
        return count


def test_the_functions_rights_suffice_and_each_is_used(dynamodb: Any) -> None:
    fed = Fed(dynamodb)
    copy, low = (sink.target for sink in fed.sinks)
    with fed.guarded() as (guard, consumer):
        for number, (old, new) in enumerate([(None, 9), (9, 4), (4, None)], 100):
            response = consumer.consume(fed.make_event(number, old, new))
            assert response == {"batchItemFailures": []}
            assert fed.count(copy) == (new is not None)
    assert fed.count(low) == 1
    assert guard.refused == set()
    for sid in ("WriteTargets", "KeepStates"):
        assert {action for action, _ in guard.used} >= set(STATEMENTS[sid]["Action"])


def test_a_target_that_refuses_detaches_its_sink_and_not_the_other(
    dynamodb: Any, caplog: pytest.LogCaptureFixture
) -> None:
    fed = Fed(dynamodb)
    copy, low = (sink.target for sink in fed.sinks)
    event = fed.make_event(100, None, 9), fed.make_event(101, 9, 4)
    with caplog.at_level(logging.INFO, "tallyboard"), fed.guarded(without=copy) as (_, consumer):
        failed = [{"itemIdentifier": "101"}]
        assert consumer.consume(event[1]) == {"batchItemFailures": failed}
        assert fed.count(low) == 1
        # It fails again after the time is over: the batch is done, without the copy.
        assert consumer.consume(event[1]) == {"batchItemFailures": []}
    assert fed.count(low) == 1
    messages = [record.getMessage() for record in caplog.records]
    for name in ("DetachedFilter", "FailingFilter"):
        patterns = re.findall(
            r'\$\.message = "([^"]*)"', RESOURCES[name]["Properties"]["FilterPattern"]
        )
        assert [m for m in messages for pattern in patterns if fnmatch(m, pattern)], name
    assert {r.levelname for r in caplog.records if r.getMessage().startswith("sink")} == {"ERROR"}


def test_what_the_template_says_agrees_with_the_code() -> None:
    function, mapping = (
        RESOURCES["SinksFunction"]["Properties"],
        RESOURCES["Mapping1"]["Properties"],
    )
    assert function["Timeout"] < SETTLE_SECONDS
    assert function["Handler"] == "sinks.handler.handle"
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["MaximumRecordAgeInSeconds"] > 10 * DETACH_SECONDS
    assert mapping["BatchSize"] < EventSourceMapping().batch_size
    [rule] = RESOURCES["FailedBatches"]["Properties"]["LifecycleConfiguration"]["Rules"]
    # A stream keeps a record for a day.
    assert (rule["ExpirationInDays"] + 1) * 86_400 <= MOST_AGE_SECONDS


@pytest.mark.parametrize(
    "alarm",
    sorted(
        resource["Properties"]["AlarmName"]["Fn::Sub"].removeprefix("${AWS::StackName}-")
        for resource in RESOURCES.values()
        if resource["Type"] == "AWS::CloudWatch::Alarm"
    ),
)
def test_every_alarm_of_the_sinks_is_explained(alarm: str) -> None:
    text = (ROOT / "docs/operations.md").read_text("utf-8").partition("### The sinks")[2]
    assert f"`{alarm.removesuffix('-1')}`" in text
