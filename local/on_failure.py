"""The on-failure destination: writes invocation records to a folder as Lambda does to S3.

Shape: https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
"""

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from local.lambda_event import LambdaRecord, created_seconds, sequence_number, to_event

FUNCTION_ARN = "arn:aws:lambda:us-east-1:000000000000:function:tallyboard"


@dataclass(frozen=True)
class Discarded:
    """Records given up after `attempts` invocations; `raised` is whether the function raised."""

    shard_id: str
    stream_arn: str
    records: Sequence[LambdaRecord]
    attempts: int
    raised: bool


def write_discarded(folder: Path, discarded: Discarded) -> Path:
    """Write one invocation record, which includes the event as text; return its file.

    The path below `folder` equals the key of the S3 object, without the mapping's id.
    """
    now = datetime.now(UTC)
    name = f"{now:%Y-%m-%dT%H.%M.%S}-{uuid.uuid4()}"
    path = folder / "aws" / "lambda" / discarded.shard_id / f"{now:%Y/%m/%d}" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(_invocation_record(discarded, now), indent=2) + "\n", "utf-8")
    return path


def _invocation_record(discarded: Discarded, now: datetime) -> dict[str, Any]:
    first, last = discarded.records[0], discarded.records[-1]
    response: dict[str, Any] = {"statusCode": 200, "executedVersion": "$LATEST"}
    if discarded.raised:
        response["functionError"] = "Unhandled"
    return {
        "requestContext": {
            "requestId": str(uuid.uuid4()),
            "functionArn": FUNCTION_ARN,
            "condition": "RetryAttemptsExhausted",
            "approximateInvokeCount": discarded.attempts,
        },
        "responseContext": response,
        "version": "1.0",
        "timestamp": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "DDBStreamBatchInfo": {
            "shardId": discarded.shard_id,
            "startSequenceNumber": sequence_number(first),
            "endSequenceNumber": sequence_number(last),
            "approximateArrivalOfFirstRecord": _arrival(first),
            "approximateArrivalOfLastRecord": _arrival(last),
            "batchSize": len(discarded.records),
            "streamArn": discarded.stream_arn,
        },
        "payload": json.dumps(to_event(discarded.records), ensure_ascii=False),
    }


def _arrival(record: LambdaRecord) -> str:
    created = datetime.fromtimestamp(created_seconds(record), UTC)
    return created.isoformat(timespec="seconds").replace("+00:00", "Z")
