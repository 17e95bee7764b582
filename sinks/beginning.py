"""Begins a record sink: checks its source's stream, and creates the tables that it lacks."""

from typing import Any

from botocore.exceptions import ClientError

from donations.side_table import create_side_table
from lambda_handler.stream import parse_stream
from sinks.choosing import RecordSink
from sinks.filling import FillError, read_now_s
from sinks.kinds.replica import Replica
from sinks.kinds.rule import Rule
from sinks.sink_state import ATTACHED, DETACHED, StateTable


def begin_sink(sink: RecordSink, dynamodb: Any) -> None:
    """Make a sink ready to take changes; all but rules wait, detached, for their fill.

    It may be called at any time. Raises `FillError` if the tables do not suit, and boto3's errors.
    """
    source = _describe(dynamodb, sink.source.table)
    if source is None:
        raise FillError(f"sink {sink.name}: there is no table {sink.source.table}; correct `table`")
    _check_stream(sink, source)
    key = tuple(part["AttributeName"] for part in source["KeySchema"])
    if key != sink.source.key:
        raise FillError(
            f"sink {sink.name}: the key of {sink.source.table} is {', '.join(key)}, not"
            f" {', '.join(sink.source.key)}; correct `key`"
        )
    state = StateTable(dynamodb, sink.name, lambda: read_now_s(dynamodb, sink.source.table))
    if isinstance(sink, Rule):
        _begin_target(sink, dynamodb)
        state.create(ATTACHED, "")
    else:
        if isinstance(sink, Replica):
            _begin_copy(sink, source, dynamodb, is_new=state.read() is None)
        state.create(DETACHED, "it was never filled")
    if not (known := state.read()) or not known.stream_ms:
        # Else a stream that is replaced before its first record is read would leave a gap unseen.
        state.note_stream(parse_stream(source["LatestStreamArn"]).made_ms, "")


def _check_stream(sink: RecordSink, source: dict[str, Any]) -> None:
    stream = source.get("StreamSpecification", {})
    view = stream.get("StreamViewType") if stream.get("StreamEnabled") else None
    wanted = ["NEW_AND_OLD_IMAGES"] + ([] if isinstance(sink, Rule) else ["NEW_IMAGE"])
    if view not in wanted:
        has = f"a stream with {view}" if view else "no stream"
        raise FillError(
            f"sink {sink.name}: the table {sink.source.table} has {has}, and a {sink.kind} needs"
            f" one with {' or '.join(wanted)}; enable it"
        )


def _begin_target(rule: Rule, dynamodb: Any) -> None:
    found = _describe(dynamodb, rule.target)
    if found is None:
        create_side_table(dynamodb, rule.target, rule.target_key)
        return
    key = tuple(part["AttributeName"] for part in found["KeySchema"])
    if key != rule.target_key:
        raise FillError(
            f"sink {rule.name}: the key of {rule.target} is {', '.join(key)}, not"
            f" {', '.join(rule.target_key)}; correct `target_key`"
        )


def _begin_copy(replica: Replica, source: dict[str, Any], dynamodb: Any, *, is_new: bool) -> None:
    found = _describe(dynamodb, replica.target)
    schema, types = source["KeySchema"], _key_types(source)
    if found is None:
        dynamodb.create_table(
            TableName=replica.target,
            KeySchema=schema,
            AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": kind} for name, kind in types.items()
            ],
            BillingMode="PAY_PER_REQUEST",
        )
        dynamodb.get_waiter("table_exists").wait(TableName=replica.target)
    elif (found["KeySchema"], _key_types(found)) != (schema, types):
        raise FillError(
            f"sink {replica.name}: the key of {replica.target} differs from that of"
            f" {replica.source.table}; name another `target`, or delete it if nothing needs it"
        )
    elif is_new and dynamodb.scan(TableName=replica.target, Limit=1, ConsistentRead=True)["Items"]:
        # A fill deletes what the source does not have.
        raise FillError(
            f"sink {replica.name}: the table {replica.target} has items that this sink did not"
            " write; name another `target`, or delete its items if nothing needs them"
        )


def _key_types(table: dict[str, Any]) -> dict[str, str]:
    """Return the types of a table's key attributes; those of its indexes do not matter."""
    key = {part["AttributeName"] for part in table["KeySchema"]}
    return {
        one["AttributeName"]: one["AttributeType"]
        for one in table["AttributeDefinitions"]
        if one["AttributeName"] in key
    }


def _describe(dynamodb: Any, table: str) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = dynamodb.describe_table(TableName=table)["Table"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        return None
    return found
