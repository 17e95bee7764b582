"""What each kind of sink has to write, and the plain way of the same."""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from redis import Redis
from redis.asyncio import Redis as AsyncRedis

from aggregates.board import Board
from aggregates.board_file import load_board
from benchmarks.sink_records import make_records
from donations.side_table import create_side_table
from sinks.beginning import begin_sink
from sinks.choosing import RecordSink
from sinks.comparison import parse_comparison
from sinks.consume import SinkConsumer
from sinks.definition import Source
from sinks.kinds.replica import Replica
from sinks.kinds.rule import Rule
from sinks.page_places import Folder
from sinks.page_sink import PageSink
from sinks.sink_state import StateTable
from sinks.targets import make_targets
from sinks.template import parse_template
from sinks.totals_items import Items
from sinks.totals_sink import TotalsSink
from sinks.totals_table import TotalsTable
from tests.conftest import ROOT
from tests.sinks.scene import Scene
from webapp.look import OUR_OWN

# Lambda's default for a stream of DynamoDB.
BATCH = 100
_PAGE_WRITES = 200
_TOGETHER = 25

# Does the work, and returns how many items it had to write.
Run = Callable[[], int]


class Work(NamedTuple):
    """One way of one kind; `prepare` takes a client of DynamoDB. A plain one comes first."""

    name: str
    prepare: Callable[[Any], Run]
    is_plain: bool = False


def make_ways(redis: Redis, redis_url: str, folder: Path, records: int) -> list[Work]:
    """Return all ways in the order of the table."""
    totals, page = _Totals(redis, redis_url, records // 4), _Page(redis, redis_url, folder)
    return [
        Work("copy: BatchWriteItem", lambda client: _put_plainly(client, records), is_plain=True),
        Work("copy: replica", lambda client: _feed(client, _make_replica, records)),
        Work("copy: replica, all comes again", lambda client: _feed_again(client, records)),
        Work("rule: BatchWriteItem", lambda client: _put_plainly(client, records), is_plain=True),
        Work("rule: rule", lambda client: _feed(client, _make_rule, records)),
        Work("rule: rule with a margin", lambda client: _feed(client, _make_margin, records)),
        Work("totals: BatchWriteItem", totals.put_plainly, is_plain=True),
        Work("totals: totals", totals.write),
        Work("page: write the bytes again", page.put_plainly, is_plain=True),
        Work("page: page", page.write),
    ]


def _put_plainly(client: Any, records: int) -> Run:
    table = _name()
    create_side_table(client, table, ["sku"])
    events = make_records(table, records, BATCH)

    def run() -> int:
        for event in events:
            images = [record["dynamodb"]["NewImage"] for record in event["Records"]]
            put_together(client, table, images)
        return records

    return run


def put_together(client: Any, table: str, items: list[dict[str, Any]]) -> None:
    """Write items by BatchWriteItem."""
    for start in range(0, len(items), _TOGETHER):
        puts = [{"PutRequest": {"Item": item}} for item in items[start : start + _TOGETHER]]
        client.batch_write_item(RequestItems={table: puts})


def _feed(client: Any, make: Callable[[str, Source], RecordSink], records: int) -> Run:
    """Feed a sink; each record is an item to copy, and a crossing of the rule."""
    table = _name()
    create_side_table(client, table, ["sku"])
    sink = make(f"sink-{table}", Source(table, ("sku",)))
    begin_sink(sink, client)
    StateTable(client, sink.name).attach()
    consumer = SinkConsumer(make_targets([sink], client))
    events = make_records(table, records, BATCH)

    def run() -> int:
        for event in events:
            assert consumer.consume(event) == {"batchItemFailures": []}
        return records

    return run


def _feed_again(client: Any, records: int) -> Run:
    run = _feed(client, _make_replica, records)
    run()
    return run


def _make_replica(name: str, source: Source) -> Replica:
    return Replica(name, source, f"{name}-to")


def _make_rule(name: str, source: Source) -> Rule:
    when = parse_comparison("stock < least")
    assert when is not None
    item = {key: parse_template(text) for key, text in (("id", "{id}"), ("sku", "{sku}"))}
    found = {key: value for key, value in item.items() if value is not None}
    return Rule(name, source, when, f"{name}-to", ("id",), found)


def _make_margin(name: str, source: Source) -> Rule:
    rule = _make_rule(name, source)
    return replace(rule, margin=Decimal(1))


class _Totals:
    """A board whose groups have all changed."""

    def __init__(self, redis: Redis, url: str, groups: int) -> None:
        self._scene = Scene(redis, url, _make_board())
        self._url = url
        self._gifts = [(f"Team {number:05}", 5.0) for number in range(groups)]

    def write(self, client: Any) -> Run:
        """Prepare a table that has every group; all of them change."""
        sums = Items(self._scene.board, "group")
        table = TotalsTable(client, _name(), sums)

        async def write() -> int:
            async with AsyncRedis.from_url(self._url) as redis:
                sink = TotalsSink("totals", self._scene.board, table, redis, "one")
                await sink.write(await self._scene.make_feed())
            return len(self._gifts)

        self._scene.give(*self._gifts)
        asyncio.run(write())
        self._scene.give(*self._gifts)
        return lambda: asyncio.run(write())

    def put_plainly(self, client: Any) -> Run:
        """Prepare a table; the same groups are written into it."""
        table = _name()
        create_side_table(client, table, ["group"])
        items = [
            {"group": {"S": group}, "count": {"N": "2"}, "amount": {"N": "10"}}
            for group, _ in self._gifts
        ]

        def run() -> int:
            put_together(client, table, items)
            return len(items)

        return run


class _Page:
    """The example's page, in a folder."""

    def __init__(self, redis: Redis, url: str, folder: Path) -> None:
        self._scene = Scene(redis, url, _make_board())
        self._scene.give(*((f"Team {number}", 5.0) for number in range(500)))
        self._folder = folder / "site"

    def write(self, client: Any) -> Run:  # noqa: ARG002
        sink = PageSink("page", self._scene.board, Folder(self._folder), ROOT / "static", OUR_OWN)

        async def write(times: int) -> int:
            feed = await self._scene.make_feed()
            for _ in range(times):
                await sink.write(feed)
            return times

        asyncio.run(write(1))
        return lambda: asyncio.run(write(_PAGE_WRITES))

    def put_plainly(self, client: Any) -> Run:
        self.write(client)
        path = self._folder / "board.json"
        content = path.read_bytes()

        def run() -> int:
            for _ in range(_PAGE_WRITES):
                path.write_bytes(content)
            return _PAGE_WRITES

        return run


def _make_board() -> Board:
    return replace(load_board(ROOT / "boards/fundraiser.toml"), name=_name())


def _name() -> str:
    return f"bench-{secrets.token_hex(4)}"
