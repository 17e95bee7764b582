import json
from pathlib import Path
from typing import Any

from local.on_failure import Discarded, write_discarded

ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/donations/stream/2026-11-21T09:47:24.090"


def record(number: int) -> dict[str, Any]:
    return {
        "eventSourceARN": ARN,
        "dynamodb": {
            "SequenceNumber": str(number),
            "ApproximateCreationDateTime": 1795254444 + number,
        },
    }


def test_the_file_holds_the_whole_event_and_what_lambda_says_of_it(tmp_path: Path) -> None:
    records = [record(1), record(2)]
    path = write_discarded(tmp_path, Discarded("shard-1", ARN, records, attempts=3, raised=True))
    written = json.loads(path.read_text())
    assert written["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert written["requestContext"]["approximateInvokeCount"] == 3
    assert written["responseContext"]["functionError"] == "Unhandled"
    assert written["DDBStreamBatchInfo"] == {
        "shardId": "shard-1",
        "startSequenceNumber": "1",
        "endSequenceNumber": "2",
        "approximateArrivalOfFirstRecord": "2026-11-21T09:47:25Z",
        "approximateArrivalOfLastRecord": "2026-11-21T09:47:26Z",
        "batchSize": 2,
        "streamArn": ARN,
    }
    assert json.loads(written["payload"]) == {"Records": records}


def test_a_function_that_reported_failures_did_not_raise(tmp_path: Path) -> None:
    path = write_discarded(tmp_path, Discarded("shard-1", ARN, [record(1)], 1, raised=False))
    assert "functionError" not in json.loads(path.read_text())["responseContext"]


def test_two_failures_in_one_second_are_two_files(tmp_path: Path) -> None:
    discarded = Discarded("shard-1", ARN, [record(1)], 1, raised=False)
    assert write_discarded(tmp_path, discarded) != write_discarded(tmp_path, discarded)
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 2
