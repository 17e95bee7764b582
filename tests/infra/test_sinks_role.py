"""The sinks' function may do what it does, and no more; its alarms count lines that it writes."""

import logging
import re
from fnmatch import fnmatch
from typing import Any

import pytest

from infra.sinks import make_sinks_template
from local.delivery import EventSourceMapping
from sinks.call_time import REQUEST_SECONDS
from sinks.consume import DETACH_SECONDS
from sinks.filling import SETTLE_SECONDS
from sinks.state_items import MOST_AGE_SECONDS
from tests.conftest import ROOT
from tests.infra.fed_sinks import RESOURCES, STATEMENTS, Fed, Stock


def test_the_functions_rights_suffice_and_each_is_used(dynamodb: Any) -> None:
    fed = Fed(dynamodb)
    copy, low = (sink.target for sink in fed.sinks)
    with fed.guarded() as (guard, consumer):
        for number, (old, new) in enumerate([(None, 9), (9, 4), (4, None)], 100):
            response = consumer.consume(fed.make_event(Stock(number, "tea", old, new)))
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
    event = fed.make_event(Stock(101, "tea", 9, 4))
    failed = [{"itemIdentifier": "101"}]
    with caplog.at_level(logging.INFO, "tallyboard"), fed.guarded(without=copy) as (_, consumer):
        assert consumer.consume(event) == {"batchItemFailures": failed}
        assert fed.count(low) == 1
        # It fails again after the time is over: the batch is done, without the copy.
        assert consumer.consume(event) == {"batchItemFailures": []}
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
    # There are some seconds to take changes before no more can be begun.
    assert function["Timeout"] >= 2 * REQUEST_SECONDS + 5
    assert function["Handler"] == "sinks.handler.handle"
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["MaximumRecordAgeInSeconds"] > 10 * DETACH_SECONDS
    assert mapping["BatchSize"] < EventSourceMapping().batch_size
    [rule] = RESOURCES["FailedBatches"]["Properties"]["LifecycleConfiguration"]["Rules"]
    # A stream keeps a record for a day.
    assert (rule["ExpirationInDays"] + 1) * 86_400 <= MOST_AGE_SECONDS


def test_a_function_that_only_writes_into_clickhouse_may_write_no_table() -> None:
    template = make_sinks_template(1, ["CLICKHOUSE_PASSWORD"])
    [policy] = template["Resources"]["SinksRole"]["Properties"]["Policies"]
    [(condition, writes, nothing)] = [
        one["Fn::If"]
        for one in policy["PolicyDocument"]["Statement"]
        if one.get("Fn::If", [None, {}])[1].get("Sid") == "WriteTargets"
    ]
    assert writes["Resource"] == {"Ref": "Targets"}
    assert nothing == {"Ref": "AWS::NoValue"}
    assert template["Conditions"][condition] == {
        "Fn::Not": [{"Fn::Equals": [{"Fn::Join": ["", {"Ref": "Targets"}]}, ""]}]
    }


def test_a_function_has_the_passwords_that_its_sinks_name_and_no_others() -> None:
    def read(*names: str) -> dict[str, object]:
        template = make_sinks_template(1, names)
        assert ("Secret" in template["Parameters"]) == bool(names)
        function = template["Resources"]["SinksFunction"]["Properties"]
        variables = function["Environment"]["Variables"]
        return {name: value for name, value in variables.items() if "PASSWORD" in name}

    resolve = "{{resolve:secretsmanager:${Secret}:SecretString:CLICKHOUSE_PASSWORD}}"
    assert read("CLICKHOUSE_PASSWORD") == {"CLICKHOUSE_PASSWORD": {"Fn::Sub": resolve}}
    assert read() == {}


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
