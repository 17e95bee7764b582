"""Converts stream records from boto3's form to the form that Lambda passes to a function.

Shapes: https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
"""

from base64 import b64encode
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from reconcile.stream import StreamRecord

# A record in a Lambda event.
LambdaRecord = dict[str, Any]

_IMAGES = ("Keys", "NewImage", "OldImage")


def to_lambda_record(record: StreamRecord, stream_arn: str) -> LambdaRecord:
    """Return one record of an event. An image that the stream lacks is absent."""
    dynamodb: dict[str, Any] = dict(record["dynamodb"])
    created = dynamodb.get("ApproximateCreationDateTime")
    if isinstance(created, datetime):
        seconds = created.timestamp()
        dynamodb["ApproximateCreationDateTime"] = int(seconds) if seconds % 1 == 0 else seconds
    for name in _IMAGES:
        if name in dynamodb:
            dynamodb[name] = {k: _to_json(v) for k, v in dynamodb[name].items()}
    converted = {
        "eventID": record["eventID"],
        "eventName": record["eventName"],
        "eventVersion": record.get("eventVersion", "1.1"),
        "eventSource": record.get("eventSource", "aws:dynamodb"),
        "awsRegion": stream_arn.split(":")[3],
        "dynamodb": dynamodb,
        "eventSourceARN": stream_arn,
    }
    # Only a deletion by time-to-live has one.
    identity = record.get("userIdentity")
    if identity:
        converted["userIdentity"] = {
            "type": identity["Type"],
            "principalId": identity["PrincipalId"],
        }
    return converted


def to_event(records: Iterable[LambdaRecord]) -> dict[str, Any]:
    """Return the event for one invocation."""
    return {"Records": list(records)}


def sequence_number(record: LambdaRecord) -> str:
    """Return a record's sequence number, which identifies it in a partial batch response."""
    number: str = record["dynamodb"]["SequenceNumber"]
    return number


def created_seconds(record: LambdaRecord) -> float:
    """Return the time of a record's change, in seconds since 1970."""
    return float(record["dynamodb"]["ApproximateCreationDateTime"])


def _to_json(attribute: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return an attribute in JSON form, with bytes as base64 text."""
    ((kind, value),) = attribute.items()
    if kind == "B":
        return {kind: b64encode(value).decode()}
    if kind == "BS":
        return {kind: [b64encode(item).decode() for item in value]}
    if kind == "L":
        return {kind: [_to_json(item) for item in value]}
    if kind == "M":
        return {kind: {name: _to_json(item) for name, item in value.items()}}
    return attribute
