import json
from datetime import UTC, datetime
from typing import Any

from lambda_handler.stream import parse_records, parse_stream
from local.lambda_event import to_lambda_record

ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/donations/stream/2026-11-21T09:47:24.090"


def boto_record(**changes: Any) -> dict[str, Any]:
    dynamodb = {
        "ApproximateCreationDateTime": datetime(2026, 11, 21, 9, 47, 24, tzinfo=UTC),
        "Keys": {"donationId": {"S": "d-1"}},
        "NewImage": {"donationId": {"S": "d-1"}, "amount": {"N": "5"}},
        "SequenceNumber": "000000017952544442540000000001",
        "SizeBytes": 26,
        "StreamViewType": "NEW_AND_OLD_IMAGES",
    }
    record = {
        "eventID": "e-1",
        "eventName": "INSERT",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "us-east-1",
        "dynamodb": dynamodb | changes.pop("dynamodb", {}),
    }
    return record | changes


def test_a_record_has_the_shape_that_lambda_passes() -> None:
    assert to_lambda_record(boto_record(), ARN) == {
        "eventID": "e-1",
        "eventName": "INSERT",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "us-east-1",
        "dynamodb": {
            "ApproximateCreationDateTime": 1795254444,
            "Keys": {"donationId": {"S": "d-1"}},
            "NewImage": {"donationId": {"S": "d-1"}, "amount": {"N": "5"}},
            "SequenceNumber": "000000017952544442540000000001",
            "SizeBytes": 26,
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        },
        "eventSourceARN": ARN,
    }


def test_binary_values_are_base64_text_however_deep_they_are() -> None:
    image = {
        "b": {"B": b"\x00\x01"},
        "bs": {"BS": [b"a", b"b"]},
        "m": {"M": {"l": {"L": [{"B": b"c"}, {"S": "text"}, {"NULL": True}]}}},
    }
    record = to_lambda_record(boto_record(dynamodb={"NewImage": image}), ARN)
    assert record["dynamodb"]["NewImage"] == {
        "b": {"B": "AAE="},
        "bs": {"BS": ["YQ==", "Yg=="]},
        "m": {"M": {"l": {"L": [{"B": "Yw=="}, {"S": "text"}, {"NULL": True}]}}},
    }
    assert json.loads(json.dumps(record)) == record


def test_a_fraction_of_a_second_is_kept() -> None:
    moment = datetime(2026, 11, 21, 9, 47, 24, 250_000, tzinfo=UTC)
    record = to_lambda_record(boto_record(dynamodb={"ApproximateCreationDateTime": moment}), ARN)
    assert record["dynamodb"]["ApproximateCreationDateTime"] == 1795254444.25


def test_a_deletion_by_time_to_live_says_who_did_it() -> None:
    identity = {"PrincipalId": "dynamodb.amazonaws.com", "Type": "Service"}
    record = to_lambda_record(boto_record(eventName="REMOVE", userIdentity=identity), ARN)
    assert record["userIdentity"] == {"type": "Service", "principalId": "dynamodb.amazonaws.com"}


def test_the_function_reads_what_is_made_here() -> None:
    record = to_lambda_record(boto_record(), ARN)
    assert parse_stream(record["eventSourceARN"]).table == "donations"
    [change] = parse_records([record], ("donationId",))
    assert (change.key, change.sequence) == ("d-1", 17952544442540000000001)
