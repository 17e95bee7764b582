"""A stream in memory, for the keeper."""

from typing import Any

from reconcile.stream import OLDEST, Shard, StreamPage


class Stream:
    """A stream in memory: shards with their records, a hundred to a page."""

    def __init__(self) -> None:
        self.shards: dict[str, list[Any]] = {"one": []}
        self.parents: dict[str, str] = {}
        self.closed: set[str] = set()
        self.failures: list[Exception] = []

    def put(self, key: str, amount: str, shard: str = "one") -> None:
        records = self.shards[shard]
        records.append(
            {
                "eventName": "MODIFY",
                "dynamodb": {
                    "Keys": {"id": {"S": key}},
                    "NewImage": {"id": {"S": key}, "amount": {"N": amount}},
                    "SequenceNumber": str(len(records) + 1),
                },
            }
        )

    def list_shards(self) -> list[Shard]:
        return [Shard(name, self.parents.get(name)) for name in self.shards]

    def get_iterator(self, shard_id: str, after: str | None, start: str = OLDEST) -> str:
        assert start == OLDEST
        return f"{shard_id}:{after or 0}"

    def read(self, iterator: str) -> StreamPage:
        if self.failures:
            raise self.failures.pop()
        shard, _, place = iterator.partition(":")
        records = self.shards[shard][int(place) : int(place) + 100]
        end = int(place) + len(records)
        is_last = shard in self.closed and end == len(self.shards[shard])
        return StreamPage(records, None if is_last else f"{shard}:{end}")
