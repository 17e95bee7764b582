"""A fill's client of DynamoDB: things happen around each of its reads."""

import time
from random import Random
from typing import Any, Protocol

from donations.image_json import Image
from tests.explore.boards import ITEMS, make_key


class Surroundings(Protocol):
    """What a client needs of the world; `done` is how many of the `records` were delivered."""

    random: Random
    dynamodb: Any
    records: list[dict[str, Any]]
    done: int
    waits_for_fill: bool

    def read(self) -> None: ...

    def put_or_delete(self, key: Image) -> None: ...

    def call_until_taken(self, batch: list[dict[str, Any]]) -> None: ...


class BusyClient:
    """The fill's client: the table is changed, and changes come, around each read of it."""

    def __init__(self, world: Surroundings) -> None:
        self._world = world
        self._random = Random(world.random.random())
        self._older: dict[str, Any] | None = None
        self._was_read = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._world.dynamodb, name)

    def sleep(self, seconds: float) -> None:
        """Wait; then, just before the fill begins to read, an item changes twice."""
        time.sleep(seconds)
        if self._random.random() < 0.8:
            self._older = self._change(make_key(self._random.randrange(ITEMS)), times=2)

    def scan(self, **request: Any) -> Any:
        self.deliver_older()
        if self._older is None and self._random.random() < 0.5:
            self._older = self._change(make_key(self._random.randrange(ITEMS)), times=2)
        page = self._world.dynamodb.scan(**{**request, "Limit": 2})
        if self._older is not None:
            keys = [item["donationId"] for item in page["Items"]]
            self._was_read |= self._older["dynamodb"]["Keys"]["donationId"] in keys
        if page["Items"] and self._random.random() < 0.5:
            # It is read already, and not yet written into the rows.
            item = self._random.choice(page["Items"])
            self._change({"donationId": item["donationId"]}, times=1)
        return page

    def _change(self, key: Image, *, times: int) -> dict[str, Any] | None:
        """Change an item, and deliver that; return the first of the changes."""
        world = self._world
        world.read()
        first = len(world.records)
        for _ in range(times):
            world.put_or_delete(key)
        world.read()
        # Beside the deliveries of the run itself, all of these come again.
        if batch := world.records[world.done :]:
            world.call_until_taken(batch)
            if world.waits_for_fill:
                world.done += len(batch)
        return world.records[first] if first < len(world.records) else None

    def deliver_older(self) -> None:
        """Deliver the first of two changes again, alone, once the item's page is written."""
        if self._older is not None and self._was_read:
            self._world.call_until_taken([self._older])
            self._older, self._was_read = None, False
