"""A stream read by boto3 from a local DynamoDB, and the mapping of AWS's errors."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from aggregates.board import Board
from local.dynamodb import connect_streams, create_table
from reconcile.stream import IteratorExpired, RecordsTrimmed, TableStream
from tests.stream_events import donation


def test_a_streams_records_are_read_from_the_oldest_and_behind_any(
    dynamodb: Any, make_board: Callable[..., Board]
) -> None:
    name = make_board().name
    board = make_board(table=name)
    arn = create_table(dynamodb, board)
    for number in range(3):
        dynamodb.put_item(TableName=name, Item=donation(f"d-{number}"))
    stream = TableStream(connect_streams(dynamodb.meta.endpoint_url), arn)
    [shard] = stream.list_shards()

    def read_keys(after: str | None) -> tuple[list[str], list[str]]:
        records, _, _ = stream.read(stream.get_iterator(shard.id, after))
        return (
            [record["dynamodb"]["Keys"]["donationId"]["S"] for record in records],
            [record["dynamodb"]["SequenceNumber"] for record in records],
        )

    keys, numbers = read_keys(None)
    assert keys == ["d-0", "d-1", "d-2"]
    assert read_keys(numbers[0])[0] == ["d-1", "d-2"]
    assert read_keys(numbers[2])[0] == []


class Failing:
    """A client whose calls all fail with an error code."""

    def __init__(self, code: str) -> None:
        self._error = ClientError({"Error": {"Code": code}}, "GetRecords")

    def get_shard_iterator(self, **_: Any) -> Any:
        raise self._error

    get_records = get_shard_iterator


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("ExpiredIteratorException", IteratorExpired),
        ("TrimmedDataAccessException", RecordsTrimmed),
        ("InternalServerError", ClientError),
    ],
)
def test_errors_that_have_a_way_on_are_told_apart(code: str, expected: type[Exception]) -> None:
    stream = TableStream(Failing(code), "arn")
    with pytest.raises(expected):
        stream.read("iterator")
    with pytest.raises(expected):
        stream.get_iterator("shard", "1")
