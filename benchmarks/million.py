"""A table of 1,000,000 items from before its board, reconciled beside a live stream.

    python -m benchmarks.million [--items 1000000] [--rate 300]
    python -m benchmarks.million --ministack --items 100000

The items are put while nobody counts: into a table in the process that has pages, segments and a
stream as DynamoDB's; or, by BatchWriteItem from several processes and before the table has a
stream, into the local DynamoDB (ministack), whose Scan walks the whole table for every page: of a
million items that takes an hour. In the end totals are compared by group with what the table adds
up to, without any of our code.
"""

import argparse
import itertools
import multiprocessing
import os
import random
import tempfile
import threading
import time
import zlib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from aggregates.board import Board
from aggregates.board_file import load_board
from aggregates.connection import connect
from lambda_handler.consume import Consumer
from local.child import stop_children
from local.delivery import Mapping
from local.dynamodb import connect_dynamodb, connect_streams, create_table
from local.dynamodb_server import start_dynamodb, wait_for_dynamodb
from local.event_source import EventSource
from local.totals import read_totals
from local.worker import Worker
from reconcile.reconcile import Options, reconcile_board
from reconcile.stream import TableStream
from tests.conftest import ROOT, RedisServer
from tests.stream_events import donation, event, record

_WRITERS = 2
_ARN = "arn:aws:dynamodb:eu-west-1:1:table/million/stream/2026-11-21T18:00:00.000"
_PLATFORMS = ("Facebook", "Phone", "Text", "Website")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--rate", type=float, default=300, help="live changes a second")
    parser.add_argument("--ministack", action="store_true", help="use the local DynamoDB")
    parser.add_argument("--segments", type=int, default=4)
    arguments = parser.parse_args()
    board = replace(load_board(ROOT / "boards/fundraiser.toml"), table="million")
    server = RedisServer()
    try:
        if arguments.ministack:
            measure_ministack(board, server.url, arguments)
        else:
            measure_in_process(board, server.url, arguments)
    finally:
        server.kill()


def measure_ministack(board: Board, redis_url: str, arguments: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as folder:
        child, endpoint = start_dynamodb(ROOT / ".venv-aws/bin/python", Path(folder))
        try:
            wait_for_dynamodb(child, endpoint, threading.Event())
            measure(board, endpoint, redis_url, child.process.pid, arguments)
        finally:
            stop_children([child])


def measure(
    board: Board, endpoint: str, redis_url: str, ministack: int, arguments: argparse.Namespace
) -> None:
    dynamodb, redis = connect_dynamodb(endpoint), connect(redis_url)
    items = arguments.items
    arn = create_table(dynamodb, board)
    dynamodb.update_table(TableName=board.table, StreamSpecification={"StreamEnabled": False})
    began = time.monotonic()
    per_writer = -(-items // _WRITERS)
    parts = [
        (endpoint, board.table, first, min(first + per_writer, items))
        for first in range(0, items, per_writer)
    ]
    with multiprocessing.get_context("spawn").Pool(_WRITERS) as pool:
        pool.starmap(fill, parts)
    seconds = time.monotonic() - began
    print(f"put {items:,} items in {seconds:.0f} s ({items / seconds:,.0f}/s)", flush=True)
    described = dynamodb.update_table(
        TableName=board.table,
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    arn = described["TableDescription"].get("LatestStreamArn", arn)

    drained = [0]
    consumer = Consumer({board.name: board}, lambda: connect(redis_url))
    source = EventSource(
        TableStream(connect_streams(endpoint), arn),
        arn,
        consumer.consume,
        mapping=Mapping(),
        give_up=lambda shard, given_up: print(f"given up: {shard} {given_up}"),
        notify=print,
        mark_drained=lambda at: drained.__setitem__(0, at),
        on_trimmed=lambda: print("the stream was trimmed"),
    )
    spawn = multiprocessing.get_context("spawn")
    stop, changes = spawn.Event(), spawn.Value("q", 0)
    writer = spawn.Process(
        target=write_live,
        args=(endpoint, board.table, items, arguments.rate, stop, changes),
        daemon=True,
    )
    writer.start()
    worker = Worker("source", source.run)
    time.sleep(2)
    before = changes.value
    began, cpu_before = time.monotonic(), read_cpu_seconds(redis, ministack)
    report = reconcile_board(
        board, dynamodb, redis, Options(segments=arguments.segments), _show_progress(began)
    )
    seconds = time.monotonic() - began
    print(
        f"reconciled {report.items:,} items in {seconds:.0f} s: {report.items / seconds:,.0f}/s;"
        f" beside it {(changes.value - before) / seconds:,.0f} live changes a second",
        flush=True,
    )
    for name, used in read_cpu_seconds(redis, ministack).items():
        print(f"  {name} was at work for {(used - cpu_before[name]) / seconds:.0%} of that time")

    stop.set()
    writer.join(10)
    stopped = time.time_ns()
    until = time.monotonic() + 120
    while drained[0] < stopped and time.monotonic() < until:
        time.sleep(0.1)
    worker.stop.set()
    worker.join(10)
    print(f"drained: {changes.value:,} live changes in all", flush=True)
    expected = add_up(dynamodb, board)
    compare(expected, read_totals(redis, board))


def measure_in_process(board: Board, redis_url: str, arguments: argparse.Namespace) -> None:
    table, redis = LiveTable(), connect(redis_url)
    chance = random.Random(0)
    began = time.monotonic()
    for number in range(arguments.items):
        item = make_item(number, chance)
        table.put(item["donationId"]["S"], item, is_told=False)
    print(f"put {arguments.items:,} items in {time.monotonic() - began:.0f} s", flush=True)
    consumer = Consumer({board.name: board}, lambda: connect(redis_url))
    workers = [
        Worker("writer", lambda stop: table.live(stop, arguments.items, arguments.rate)),
        Worker("source", lambda stop: table.deliver(stop, consumer)),
    ]
    time.sleep(2)
    began, work, told = time.monotonic(), time.process_time(), len(table.records)
    info: Any = redis.info("cpu")
    report = reconcile_board(
        board, table, redis, Options(segments=arguments.segments), _show_progress(began)
    )
    seconds = time.monotonic() - began
    after: Any = redis.info("cpu")
    print(
        f"reconciled {report.items:,} items in {seconds:.0f} s: {report.items / seconds:,.0f}/s;"
        f" beside it {(len(table.records) - told) / seconds:,.0f} live changes a second"
    )
    print(
        f"  this process was at work for {(time.process_time() - work) / seconds:.0%} of that time"
    )
    used = sum(after[name] - info[name] for name in ("used_cpu_user", "used_cpu_sys"))
    print(f"  Redis was at work for {used / seconds:.0%} of that time", flush=True)
    for worker in workers:
        worker.stop.set()
        worker.join(60)
        if worker.error is not None:
            raise worker.error
    print(f"drained: {len(table.records):,} live changes in all")
    compare(add_items(table.items.values()), read_totals(redis, board))


def compare(expected: Any, found: Any) -> None:
    for group in sorted(expected.keys() | found.keys()):
        same = "exact" if expected.get(group) == found.get(group) else "WRONG"
        print(f"{group:>10}  table {expected.get(group)}  Redis {found.get(group)}  {same}")


class LiveTable:
    """Items in the order in which they first came, by segment, and the records of live changes."""

    def __init__(self) -> None:
        self.items: dict[str, dict[str, Any]] = {}
        self.records: list[dict[str, Any]] = []
        self._order: dict[int, list[str]] = {}
        self._places: dict[str, int] = {}
        self._segments = 4

    def put(self, key: str, item: dict[str, Any] | None, *, is_told: bool = True) -> None:
        """Put an item, or remove it where that is None."""
        if item is None:
            if self.items.pop(key, None) is None:
                return
        else:
            self.items[key] = item
            if key not in self._places:
                order = self._order.setdefault(zlib.crc32(key.encode()) % self._segments, [])
                self._places[key] = len(order)
                order.append(key)
        if is_told:
            sequence = 10**20 + len(self.records)
            self.records.append(record(sequence, item, key=key, arn=_ARN, created=time.time()))

    def scan(
        self,
        *,
        Segment: int,  # noqa: N803
        Limit: int,  # noqa: N803
        ExclusiveStartKey: Any = None,  # noqa: N803
        **_: Any,
    ) -> dict[str, Any]:
        order = self._order.get(Segment, [])
        first = self._places[ExclusiveStartKey["donationId"]["S"]] + 1 if ExclusiveStartKey else 0
        keys = order[first : first + Limit]
        page: dict[str, Any] = {"Items": [item for k in keys if (item := self.items.get(k))]}
        if first + Limit < len(order):
            page["LastEvaluatedKey"] = {"donationId": {"S": keys[-1]}}
        return page | {"ConsumedCapacity": {"CapacityUnits": len(keys) * 0.05}}

    def describe_table(self, **_: Any) -> dict[str, Any]:
        return {"Table": {"ItemCount": len(self.items)}}

    def live(self, stop: threading.Event, items: int, per_second: float) -> None:
        """Insert, correct and refund until `stop` is set."""
        chance, new, began, changes = random.Random(1), itertools.count(items), time.monotonic(), 0
        while not stop.is_set():
            kind = chance.random()
            number = next(new) if kind < 0.4 else chance.randrange(items)
            item = make_item(number, chance) if kind < 0.8 else None
            self.put(f"d-{number}", item)
            changes += 1
            stop.wait(max(0.0, began + changes / per_second - time.monotonic()))

    def deliver(self, stop: threading.Event, consumer: Consumer) -> None:
        """Deliver records until `stop` is set and none is left."""
        at = 0
        while at < len(self.records) or not stop.is_set():
            batch = self.records[at : at + 1000]
            if batch and not consumer.consume(event(*batch))["batchItemFailures"]:
                at += len(batch)
            stop.wait(0.05)


def read_cpu_seconds(redis: Any, ministack: int) -> dict[str, float]:
    """Return the CPU time of all who take part, but for the writer."""
    fields = Path(f"/proc/{ministack}/stat").read_text().rpartition(")")[2].split()
    info = redis.info("cpu")
    return {
        "the local DynamoDB": (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"),
        "reconcile and the handler (one process)": time.process_time(),
        "Redis": info["used_cpu_sys"] + info["used_cpu_user"],
    }


def fill(endpoint: str, table: str, first: int, end: int) -> None:
    """Put the items of some numbers."""
    client = connect_dynamodb(endpoint)
    chance = random.Random(first)
    for start in range(first, end, 25):
        puts = [
            {"PutRequest": {"Item": make_item(number, chance)}}
            for number in range(start, min(start + 25, end))
        ]
        while puts:
            reply = client.batch_write_item(RequestItems={table: puts})
            puts = reply.get("UnprocessedItems", {}).get(table, [])


def make_item(number: int, chance: random.Random) -> dict[str, Any]:
    amount = f"{chance.randint(100, 10**5) / 100:.2f}"
    at = f"2026-11-{1 + number % 20:02}T{number % 24:02}:{number % 59:02}:11Z"
    return donation(f"d-{number}", chance.choice(_PLATFORMS), amount, at)


def write_live(
    endpoint: str, table: str, items: int, per_second: float, stop: Any, changes: Any
) -> None:
    """Insert, correct and refund at a steady rate until `stop` is set; count in `changes`."""
    client, chance = connect_dynamodb(endpoint), random.Random(0)
    new = itertools.count(items)
    began = time.monotonic()
    while not stop.is_set():
        kind = chance.random()
        if kind < 0.2:
            key = {"donationId": {"S": f"d-{chance.randrange(items)}"}}
            client.delete_item(TableName=table, Key=key)
        else:
            number = next(new) if kind < 0.6 else chance.randrange(items)
            client.put_item(TableName=table, Item=make_item(number, chance))
        changes.value += 1
        stop.wait(max(0.0, began + changes.value / per_second - time.monotonic()))


def add_up(dynamodb: Any, board: Board) -> dict[str, dict[str, int]]:
    """Return the table's totals, in minor units, without any of our code."""
    items: list[dict[str, Any]] = []
    place: dict[str, Any] = {}
    while True:
        page = dynamodb.scan(TableName=board.table, ConsistentRead=True, **place)
        items += page["Items"]
        if "LastEvaluatedKey" not in page:
            return add_items(items)
        place = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def add_items(items: Iterable[dict[str, Any]]) -> dict[str, dict[str, int]]:
    totals: dict[str, dict[str, int]] = {}
    for item in items:
        cents = round(float(item["amount"]["N"]) * 100)
        for group in ("ALL", item["platform"]["S"]):
            total = totals.setdefault(group, {"count": 0, "amount": 0})
            total["count"] += 1
            total["amount"] += cents
    return totals


def _show_progress(began: float) -> Any:
    shown = [0.0]

    def show(items: int) -> None:
        now = time.monotonic()
        if now - shown[0] >= 20:
            shown[0] = now
            print(f"  {items:,} items after {now - began:.0f} s", flush=True)

    return show


if __name__ == "__main__":
    main()
