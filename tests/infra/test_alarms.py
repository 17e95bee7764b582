"""Alarms: each one is documented, and each of ours counts log lines that are really written."""

import json
import logging
import re
from collections.abc import Callable
from datetime import UTC, datetime
from fnmatch import fnmatch
from typing import Any

import pytest
from redis import Redis

from aggregates.board import Board
from crew.source_watch import SourceReport, encode_metrics
from infra.template import make_template
from lambda_handler.board_target import count_on
from lambda_handler.consume import Consumer
from sinks.total_freshness import METRIC
from tests.conftest import ROOT
from tests.stream_events import donation, event, record

START = datetime(2026, 11, 21, 19, 0, tzinfo=UTC)
RESOURCES: dict[str, Any] = make_template()["Resources"]
OPERATIONS = (ROOT / "docs/operations.md").read_text("utf-8")


def list_alarms() -> list[str]:
    """Return the alarms' names without the stack's."""
    names = [
        resource["Properties"]["AlarmName"]["Fn::Sub"]
        for resource in RESOURCES.values()
        if resource["Type"] == "AWS::CloudWatch::Alarm"
    ]
    return [name.removeprefix("${AWS::StackName}-") for name in names]


@pytest.mark.parametrize("alarm", sorted(set(list_alarms())))
def test_every_alarm_is_explained(alarm: str) -> None:
    number = re.sub(r"^(.*)-2$", r"\1-1`, `-2", alarm)
    assert f"`{number}`" in OPERATIONS or f"`{alarm}`" in OPERATIONS


def test_every_alarm_reaches_the_topic_and_says_what_it_means() -> None:
    for resource in RESOURCES.values():
        if resource["Type"] == "AWS::CloudWatch::Alarm":
            assert resource["Properties"]["AlarmActions"] == [{"Ref": "AlarmTopic"}]
            assert resource["Properties"]["AlarmDescription"]


def test_every_metric_of_ours_that_an_alarm_watches_is_made() -> None:
    made = {
        resource["Properties"]["MetricTransformations"][0]["MetricName"]
        for resource in RESOURCES.values()
        if resource["Type"] == "AWS::Logs::MetricFilter"
    }
    watched = {
        resource["Properties"]["MetricName"]
        for resource in RESOURCES.values()
        if resource["Type"] == "AWS::CloudWatch::Alarm"
        and "Tallyboard" in str(resource["Properties"]["Namespace"])
    }
    # The watch and the crew's service write these as lines that CloudWatch turns into metrics.
    line = json.loads(encode_metrics(SourceReport(0, 0, 0, 0, 0), START, "tally"))
    [directive] = line["_aws"]["CloudWatchMetrics"]
    sources = {metric["Name"] for metric in directive["Metrics"]}
    assert watched == made | sources | {"ChainAgeSeconds", "Live", METRIC}
    for resource in RESOURCES.values():
        if resource.get("Properties", {}).get("MetricName") in sources:
            assert resource["Properties"]["Namespace"] == directive["Namespace"]
            names = [dimension["Name"] for dimension in resource["Properties"]["Dimensions"]]
            assert [names] == directive["Dimensions"]


def matches(name: str, message: str) -> bool:
    """Return whether a filter's pattern for `$.message` matches, with CloudWatch's `*`."""
    pattern = RESOURCES[name]["Properties"]["FilterPattern"]
    found = re.search(r'\$\.message = "([^"]*)"', pattern)
    assert found is not None
    return fnmatch(message, found[1])


def test_the_functions_lines_are_those_that_are_counted(
    redis: Redis, make_board: Callable[..., Board], caplog: pytest.LogCaptureFixture
) -> None:
    board = make_board()
    bad = donation("d-1", "Phone", "x", "2026-11-21T19:04:11")
    batch = event(record(100, bad, name="INSERT"))
    with caplog.at_level(logging.INFO, "tallyboard"):
        Consumer(count_on([board], lambda: redis)).consume(batch)
        with Redis(port=1) as dead:
            Consumer(count_on([board], lambda: dead)).consume(batch)
    lines = caplog.messages
    assert sum(matches("RejectedFilter", line) for line in lines) == 2
    assert sum(matches("RedeliveredFilter", line) for line in lines) == 1
    assert {entry.name for entry in caplog.records} == {"tallyboard"}


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("DriftFilter", "operate/commands/verify.py"),
        ("ProvenFilter", "operate/commands/reconcile.py"),
    ],
)
def test_reconciles_lines_are_those_that_are_counted(name: str, source: str) -> None:
    phrase = RESOURCES[name]["Properties"]["FilterPattern"].strip('"')
    assert phrase in (ROOT / source).read_text("utf-8")


def test_the_dashboard_is_json() -> None:
    text, values = RESOURCES["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    body = json.loads(re.sub(r"\$\{[^}]*\}", "x", text))
    assert len(body["widgets"]) == 7
    assert values.keys() == {"RedisName"}
