"""Reading a table's stream: shards, iterators, records."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from botocore.exceptions import ClientError

from local.lambda_event import StreamRecord


@dataclass(frozen=True)
class Shard:
    """A shard; the records of `parent_id`, where there is one, come before its own."""

    id: str
    parent_id: str | None = None


class Page(NamedTuple):
    """What one read gave. `next_iterator` is None at the end of a closed shard."""

    records: Sequence[StreamRecord]
    next_iterator: str | None


class IteratorExpired(Exception):
    """An iterator that is older than 15 minutes: get another from the last record read."""


class RecordsTrimmed(Exception):
    """The records asked for are older than the stream keeps them: there is a hole."""


class StreamReader(Protocol):
    """A stream, as `GetShardIterator` and its like offer it."""

    def list_shards(self) -> list[Shard]: ...

    def get_iterator(self, shard_id: str, after: str | None) -> str:
        """Return an iterator behind sequence number `after`; None: at the oldest record."""
        ...

    def read(self, iterator: str) -> Page: ...


class TableStream:
    """The stream of a DynamoDB table. Raises botocore's errors besides the two above."""

    def __init__(self, client: Any, arn: str) -> None:
        self._client = client
        self._arn = arn

    def list_shards(self) -> list[Shard]:
        shards: list[Shard] = []
        start: dict[str, str] = {}
        while True:
            reply = self._client.describe_stream(StreamArn=self._arn, **start)
            description = reply["StreamDescription"]
            shards += [Shard(x["ShardId"], x.get("ParentShardId")) for x in description["Shards"]]
            last = description.get("LastEvaluatedShardId")
            if last is None:
                return shards
            start = {"ExclusiveStartShardId": last}

    def get_iterator(self, shard_id: str, after: str | None) -> str:
        place = (
            {"ShardIteratorType": "TRIM_HORIZON"}
            if after is None
            else {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": after}
        )
        try:
            reply = self._client.get_shard_iterator(StreamArn=self._arn, ShardId=shard_id, **place)
        except ClientError as error:
            raise _translate(error) from error
        iterator: str = reply["ShardIterator"]
        return iterator

    def read(self, iterator: str) -> Page:
        try:
            reply = self._client.get_records(ShardIterator=iterator, Limit=1000)
        except ClientError as error:
            raise _translate(error) from error
        return Page(reply["Records"], reply.get("NextShardIterator"))


def _translate(error: ClientError) -> Exception:
    code: str = error.response.get("Error", {}).get("Code", "")
    if code == "ExpiredIteratorException":
        return IteratorExpired(str(error))
    if code == "TrimmedDataAccessException":
        return RecordsTrimmed(str(error))
    translated: Exception = error
    return translated
