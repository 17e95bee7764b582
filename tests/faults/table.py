"""The table and its stream, for writes, Scans and Lambda's deliveries."""

import random
import time
import zlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from typing import Any

from reconcile.stream import OLDEST, Shard, StreamPage
from tests.stream_events import donation, record

_SHARDS = 2
_PLATFORMS = ("Facebook", "Phone", "Text", "Website", "Ökofonds:2")
_START = datetime(2026, 11, 21, 18, tzinfo=UTC)

Image = dict[str, Any]
Totals = dict[str, dict[str, int]]


class Table:
    """Items by key, with a stream record per change. `scan` is like DynamoDB's, on live data."""

    def __init__(
        self, name: str, chance: random.Random, clock: Callable[[], float] = time.time
    ) -> None:
        self._chance, self._clock = chance, clock
        self._name = name
        self.items: dict[str, Image] = {}
        # By number, in the order of creation: shards of the last stream come last.
        self.shards: list[list[dict[str, Any]]] = []
        # The time of each item's last change.
        self.changed_at: dict[str, float] = {}
        self.arns: list[str] = []
        self._named = 0
        self.enable_stream()

    def enable_stream(self) -> None:
        """Begin a new stream and close the old one. Sequence numbers start over."""
        self.arn = (
            f"arn:aws:dynamodb:eu-west-1:1:table/{self._name}/stream/"
            f"2026-11-21T18:{len(self.arns):02}:00.000"
        )
        self.arns.append(self.arn)
        self.shards += [[] for _ in range(_SHARDS)]
        self._sequence = 10**20

    def change_between_streams(self) -> None:
        """Disable the stream, change items, and enable it again: those changes have no records."""
        shards, self.shards = self.shards, [[] for _ in range(_SHARDS)]
        for _ in range(self._chance.randint(1, 4)):
            self.change()
        self.shards = shards
        self.enable_stream()

    def change(self, keys: Sequence[str] = ()) -> None:
        """Insert, correct, move, invalidate or remove any item, or an existing one of `keys`."""
        chance = self._chance
        there = [key for key in keys if key in self.items]
        kind = chance.choice(("insert", "insert", "correct", "move", "spoil", "remove", "redate"))
        if (kind == "insert" and not there) or not self.items:
            self._named += 1
            # Sometimes reuse the key of a removed item.
            key = f"d-{chance.randint(1, self._named) if chance.random() < 0.2 else self._named}"
            self._put(key, self._new(key))
            return
        key = chance.choice(there or list(self.items))
        image = dict(self.items[key])
        if kind == "remove":
            del self.items[key]
            self._record(key, None)
            return
        if kind in ("correct", "insert"):
            image["amount"] = {"N": f"{chance.randint(-500, 10**6) / 100:.2f}"}
        elif kind == "move":
            image["platform"] = {"S": chance.choice(_PLATFORMS)}
        elif kind == "redate":
            image["donatedAt"] = {"S": self._time()}
        else:
            image["amount"] = {"S": "ten"}
        if image != self.items[key]:
            self._put(key, image)

    def fill(self, count: int) -> None:
        """Put items without records, as if they were older than the stream."""
        for _ in range(count):
            self._named += 1
            key = f"d-{self._named}"
            self.items[key] = self._new(key)
            self.changed_at[key] = self._clock()

    def scan(
        self,
        *,
        TableName: str,  # noqa: N803, ARG002
        Segment: int,  # noqa: N803
        TotalSegments: int,  # noqa: N803
        Limit: int,  # noqa: N803
        ConsistentRead: bool,  # noqa: N803
        ReturnConsumedCapacity: str,  # noqa: N803, ARG002
        ExclusiveStartKey: Image | None = None,  # noqa: N803
    ) -> dict[str, Any]:
        """Return a page of the current table, like boto3's client."""
        assert ConsistentRead
        keys = sorted(
            (key for key in self.items if zlib.crc32(key.encode()) % TotalSegments == Segment),
            key=lambda key: zlib.crc32(key.encode()[::-1]),
        )
        if ExclusiveStartKey is not None:
            last = zlib.crc32(ExclusiveStartKey["donationId"]["S"].encode()[::-1])
            keys = [key for key in keys if zlib.crc32(key.encode()[::-1]) > last]
        # DynamoDB may return fewer items than Limit.
        taken = keys[: min(Limit, self._chance.choice((3, 7, 20)))]
        page: dict[str, Any] = {"Items": [dict(self.items[key]) for key in taken]}
        if len(taken) < len(keys):
            page["LastEvaluatedKey"] = {"donationId": {"S": taken[-1]}}
        return page

    def describe_table(self, **_: Any) -> dict[str, Any]:
        return {
            "Table": {"LatestStreamArn": self.arn, "StreamSpecification": {"StreamEnabled": True}},
            "ResponseMetadata": {"HTTPHeaders": {"date": formatdate(self._clock())}},
        }

    def get_item(self, *, Key: Image, **_: Any) -> dict[str, Any]:  # noqa: N803
        item = self.items.get(Key["donationId"]["S"])
        return {"Item": item} if item else {}

    def count(self) -> tuple[Totals, dict[int, dict[str, int]], set[str]]:
        """Return what a board must show: totals, timeline by bucket start, rejected keys."""
        totals: Totals = {"ALL": {"count": 0, "amount": 0}}
        timeline: dict[int, dict[str, int]] = {}
        rejected = set()
        for key, image in self.items.items():
            if "S" in image["amount"]:
                rejected.add(key)
                continue
            cents = int(image["amount"]["N"].replace(".", ""))
            seconds = int(datetime.fromisoformat(image["donatedAt"]["S"]).timestamp())
            for place in (
                totals["ALL"],
                totals.setdefault(image["platform"]["S"], {"count": 0, "amount": 0}),
                timeline.setdefault(seconds - seconds % 60, {"count": 0, "amount": 0}),
            ):
                place["count"] += 1
                place["amount"] += cents
        return totals, timeline, rejected

    def _new(self, key: str) -> Image:
        chance = self._chance
        amount = f"{chance.randint(1, 10**5) / 100:.2f}"
        return donation(key, chance.choice(_PLATFORMS), amount, self._time())

    def _time(self) -> str:
        return (_START + timedelta(minutes=self._chance.randint(0, 20))).isoformat()

    def _put(self, key: str, image: Image) -> None:
        self.items[key] = image
        self._record(key, image)

    def _record(self, key: str, image: Image | None) -> None:
        self._sequence += self._chance.choice((1, 7, 10**9))
        shard = self.shards[zlib.crc32(b"shard" + key.encode()) % _SHARDS - _SHARDS]
        self.changed_at[key] = self._clock()
        # DynamoDB gives whole seconds.
        created = int(self._clock())
        shard.append(record(self._sequence, image, key=key, arn=self.arn, created=created))


class Stream:
    """A `StreamReader` of one stream of a table; a later stream closes it."""

    def __init__(self, table: Table, arn: str, clock: Callable[[], float]) -> None:
        self._table, self._clock = table, clock
        first = _SHARDS * table.arns.index(arn)
        self._numbers = range(first, first + _SHARDS)

    def list_shards(self) -> list[Shard]:
        return [Shard(str(number), is_closed=self._is_closed) for number in self._numbers]

    def get_iterator(self, shard_id: str, after: str | None, start: str = OLDEST) -> str:
        shard = self._table.shards[int(shard_id)]
        if after is not None:
            numbers = [told["dynamodb"]["SequenceNumber"] for told in shard]
            return f"{shard_id}/{numbers.index(after) + 1}"
        return f"{shard_id}/{0 if start == OLDEST else len(shard)}"

    def read(self, iterator: str) -> StreamPage:
        shard_id, _, at = iterator.partition("/")
        shard = self._table.shards[int(shard_id)]
        end = None if self._is_closed else f"{shard_id}/{len(shard)}"
        # DynamoDB gives whole seconds here, too.
        return StreamPage(shard[int(at) :], end, int(self._clock()))

    @property
    def _is_closed(self) -> bool:
        return self._numbers[-1] < len(self._table.shards) - _SHARDS
