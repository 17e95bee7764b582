"""Makes stream records in the form in which Lambda passes them."""

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
    """Return an item of the example table, with an e-mail address that must stay private."""
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
    """Return a stream record with an item's new image, or of its removal if that is None.

    Its creation time is now, or `created`.
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
    """Return the event that Lambda passes to the handler."""
    return {"Records": list(records)}
