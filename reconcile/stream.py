"""Reads a table's stream: shards, iterators, records."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple, Protocol

from botocore.exceptions import ClientError

# A record as boto3's `get_records` returns it.
StreamRecord = Mapping[str, Any]

# Where an iterator begins: at the oldest record, or after the newest.
OLDEST, NEWEST = "TRIM_HORIZON", "LATEST"


@dataclass(frozen=True)
class Shard:
    """A shard. The records of its parent, if it has one, come before its own.

    A closed shard gets no more records.
    """

    id: str
    parent_id: str | None = None
    is_closed: bool = False


class StreamPage(NamedTuple):
    """The result of one read. `next_iterator` is None at the end of a closed shard.

    `read_at` is its time (seconds since 1970) by DynamoDB's clock, None if DynamoDB does not say.
    """

    records: Sequence[StreamRecord]
    next_iterator: str | None
    read_at: float | None = None


class IteratorExpired(Exception):
    """The iterator is older than 15 minutes: get another one, after the last record read."""


class RecordsTrimmed(Exception):
    """The stream no longer has the requested records: there is a gap."""


class StreamReader(Protocol):
    """A stream with the operations of the DynamoDB Streams API."""

    def list_shards(self) -> list[Shard]: ...

    def get_iterator(self, shard_id: str, after: str | None, start: str = OLDEST) -> str:
        """Return an iterator after the sequence number `after`, or at `start` if that is None."""
        ...

    def read(self, iterator: str) -> StreamPage: ...


class TableStream:
    """The stream of a DynamoDB table. Raises botocore's errors and the two above."""

    def __init__(self, client: Any, arn: str) -> None:
        self._client = client
        self._arn = arn

    def list_shards(self) -> list[Shard]:
        shards: list[Shard] = []
        start: dict[str, str] = {}
        while True:
            reply = self._client.describe_stream(StreamArn=self._arn, **start)
            description = reply["StreamDescription"]
            shards += map(_to_shard, description["Shards"])
            last = description.get("LastEvaluatedShardId")
            if last is None:
                return shards
            start = {"ExclusiveStartShardId": last}

    def get_iterator(self, shard_id: str, after: str | None, start: str = OLDEST) -> str:
        place = (
            {"ShardIteratorType": start}
            if after is None
            else {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": after}
        )
        try:
            reply = self._client.get_shard_iterator(StreamArn=self._arn, ShardId=shard_id, **place)
        except ClientError as error:
            raise _translate(error) from error
        iterator: str = reply["ShardIterator"]
        return iterator

    def read(self, iterator: str) -> StreamPage:
        try:
            reply = self._client.get_records(ShardIterator=iterator, Limit=1000)
        except ClientError as error:
            raise _translate(error) from error
        date = reply.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
        read_at = parsedate_to_datetime(date).timestamp() if date else None
        return StreamPage(reply["Records"], reply.get("NextShardIterator"), read_at)


def find_made_ms(arn: str) -> int:
    """Return when a stream was made (ms since 1970), which the label in its ARN says."""
    made = datetime.fromisoformat(find_label(arn))
    if made.tzinfo is None:
        made = made.replace(tzinfo=UTC)
    return int(made.timestamp() * 1000)


def find_label(arn: str) -> str:
    """Return a stream's label, which distinguishes it from other streams of its table."""
    return arn.rpartition("/stream/")[2]


def _to_shard(description: Mapping[str, Any]) -> Shard:
    is_closed = "EndingSequenceNumber" in description.get("SequenceNumberRange", {})
    return Shard(description["ShardId"], description.get("ParentShardId"), is_closed)


def _translate(error: ClientError) -> Exception:
    code: str = error.response.get("Error", {}).get("Code", "")
    if code == "ExpiredIteratorException":
        return IteratorExpired(str(error))
    if code == "TrimmedDataAccessException":
        return RecordsTrimmed(str(error))
    translated: Exception = error
    return translated
