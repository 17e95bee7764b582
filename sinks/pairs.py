"""Reads a replica's two tables side by side, with strongly consistent reads."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from donations.image_json import Image, encode_image
from sinks.kinds.replica import Replica
from sinks.replicating import choose_attributes

# DynamoDB's most in one BatchGetItem.
_PAGE_ITEMS = 100
_MOST_ATTEMPTS = 10
_FIRST_WAIT_SECONDS = 0.05


class Pair(NamedTuple):
    """An item as it should be in the target, and as it is there; None where there is none."""

    keys: Image
    wanted: Image | None
    found: Image | None

    @property
    def is_same(self) -> bool:
        return self.wanted == self.found or (
            self.wanted is not None
            and self.found is not None
            and _sort_sets(self.wanted) == _sort_sets(self.found)
        )


class PairReader:
    """Reads pairs. `sleep` waits when DynamoDB has not read all of a batch."""

    def __init__(
        self, replica: Replica, dynamodb: Any, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._replica, self._dynamodb, self._sleep = replica, dynamodb, sleep

    def read_pages(self) -> Iterator[list[Pair]]:
        """Yield pairs of all items of the source, then those that only the target has.

        Of each pair of the first sort, the source is read first. Raises boto3's errors.
        """
        source, target = self._replica.source.table, self._replica.target
        for items in self._scan(source):
            found = self._get(target, [self._key(item) for item in items])
            yield [self._pair(item, found.get(self._name(item))) for item in items]
        for items in self._scan(target):
            kept = self._get(source, [self._key(item) for item in items])
            excess = [item for item in items if self._name(item) not in kept]
            yield [Pair(self._key(item), None, item) for item in excess]

    def read_again(self, pairs: Sequence[Pair]) -> list[Pair]:
        """Return some pairs as they are now."""
        again: list[Pair] = []
        for start in range(0, len(pairs), _PAGE_ITEMS):
            keys = [pair.keys for pair in pairs[start : start + _PAGE_ITEMS]]
            source = self._get(self._replica.source.table, keys)
            target = self._get(self._replica.target, keys)
            for key in keys:
                image = source.get(encode_image(key))
                wanted = None if image is None else choose_attributes(self._replica, image)
                again.append(Pair(key, wanted, target.get(encode_image(key))))
        return again

    def _scan(self, table: str) -> Iterator[list[Image]]:
        pages = self._dynamodb.get_paginator("scan").paginate(
            TableName=table, ConsistentRead=True, PaginationConfig={"PageSize": _PAGE_ITEMS}
        )
        for page in pages:
            if page["Items"]:
                yield page["Items"]

    def _get(self, table: str, keys: list[Image]) -> dict[str, Image]:
        """Return the items with some keys, by key."""
        found: dict[str, Image] = {}
        request = {table: {"Keys": keys, "ConsistentRead": True}}
        for attempt in range(_MOST_ATTEMPTS):
            reply = self._dynamodb.batch_get_item(RequestItems=request)
            found |= {self._name(item): item for item in reply["Responses"].get(table, [])}
            request = reply.get("UnprocessedKeys") or {}
            if not request:
                return found
            self._sleep(_FIRST_WAIT_SECONDS * 2**attempt)
        raise TimeoutError(f"the table {table} is read too slowly; raise its capacity")

    def _pair(self, item: Image, found: Image | None) -> Pair:
        return Pair(self._key(item), choose_attributes(self._replica, item), found)

    def _key(self, item: Image) -> Image:
        return {name: item[name] for name in self._replica.source.key}

    def _name(self, item: Image) -> str:
        return encode_image(self._key(item))


def _sort_sets(value: Any) -> Any:
    """Return a typed value with its sets in an order: DynamoDB's have none."""
    if isinstance(value, dict):
        return {
            kind: sorted(inner)
            if kind in ("SS", "NS", "BS") and isinstance(inner, list)
            else _sort_sets(inner)
            for kind, inner in value.items()
        }
    return [_sort_sets(one) for one in value] if isinstance(value, list) else value
