"""Stream records in the shape in which Lambda passes them, made from a few words."""

import time
from decimal import Decimal
from typing import Any

STREAM_ARN = (
    "arn:aws:dynamodb:eu-west-1:123456789012:table/donations/stream/2026-11-21T18:00:00.000"
)


def donation(
    key: str,
    platform: str = "Facebook",
    amount: Decimal | float | str = 25,
    donated_at: str = "2026-11-21T19:04:11Z",
) -> dict[str, Any]:
    """Return an item of the example table, with an e-mail address that nobody may see."""
    return {
        "donationId": {"S": key},
        "email": {"S": "donor@example.org"},
        "donatedAt": {"S": donated_at},
        "platform": {"S": platform},
        "amount": {"N": str(amount)},
    }


def record(
    sequence: int | str,
    image: dict[str, Any] | None,
    *,
    key: str = "d-1",
    name: str | None = None,
    view: str = "NEW_AND_OLD_IMAGES",
    arn: str = STREAM_ARN,
    created: float | None = None,
) -> dict[str, Any]:
    """Return a stream record: of an item's new image, or of its removal where that is None.

    It was made just now, unless `created` says when.
    """
    keys = {"donationId": image["donationId"] if image else {"S": key}}
    data: dict[str, Any] = {
        "ApproximateCreationDateTime": time.time() if created is None else created,
        "Keys": keys,
        "SequenceNumber": str(sequence),
        "SizeBytes": 100,
        "StreamViewType": view,
    }
    if image is not None:
        data["NewImage"] = image
    return {
        "eventID": f"event-{sequence}",
        "eventName": name or ("REMOVE" if image is None else "MODIFY"),
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "eu-west-1",
        "dynamodb": data,
        "eventSourceARN": arn,
    }


def event(*records: dict[str, Any]) -> dict[str, Any]:
    """Return what Lambda passes to the handler."""
    return {"Records": list(records)}
