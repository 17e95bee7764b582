"""Stream records of products that become low, each once."""

import time
from typing import Any

_ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/{}/stream/2026-11-21T18:00:00.000"
# A sink acts only on what is changed after it has begun.
_LATER_SECONDS = 60


def make_records(table: str, records: int, batch: int) -> list[dict[str, Any]]:
    """Return events of a batch each; every record is of another item, of about 250 bytes."""
    made_s = time.time() + _LATER_SECONDS
    found = [_make_record(table, number, made_s) for number in range(records)]
    return [{"Records": found[start : start + batch]} for start in range(0, records, batch)]


def _make_record(table: str, number: int, made_s: float) -> dict[str, Any]:
    keys = {"sku": {"S": f"sku-{number:06}"}}
    old = keys | {
        "stock": {"N": "25"},
        "least": {"N": "20"},
        "name": {"S": f"Article {number} of the shop at the entrance"},
        "place": {"S": "hall 3, shelf 12"},
        "changedAt": {"S": "2026-11-21T19:04:11.218Z"},
    }
    return {
        "eventID": f"event-{number}",
        "eventName": "MODIFY",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "us-east-1",
        "dynamodb": {
            "ApproximateCreationDateTime": made_s,
            "Keys": keys,
            "SequenceNumber": str(100_000_000_000_000_000_000 + number),
            "SizeBytes": 400,
            "StreamViewType": "NEW_AND_OLD_IMAGES",
            "NewImage": old | {"stock": {"N": "15"}},
            "OldImage": old,
        },
        "eventSourceARN": _ARN.format(table),
    }
