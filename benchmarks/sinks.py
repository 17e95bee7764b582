"""Measures each kind of sink beside the plain way: `python -m benchmarks.sinks [--records 2000]`.

The plain way writes the same items by BatchWriteItem, 25 at a time, without a guard: what comes
again or late overwrites newer items. For a page it writes the same bytes once more. All run on one
local DynamoDB, whose share of the time is the larger one; so the CPU of this process, which is what
the function pays for, stands beside it. Ways take turns, and the median round counts.

Write units are those that DynamoDB bills for items up to 1 KB: one for a write, two for each part
of a transaction, also of one whose condition is not met. They are counted from the calls.
"""

import argparse
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from redis import Redis

from benchmarks.sink_work import BATCH, Work, make_ways
from local.child import stop_children
from local.dynamodb import connect_dynamodb
from local.dynamodb_server import start_dynamodb, wait_for_dynamodb
from tests.conftest import ROOT, RedisServer

ROUNDS = 3


class Cost(NamedTuple):
    """Of one item that had to be written: seconds, CPU seconds of this process, write units."""

    seconds: float
    cpu_seconds: float
    units: float


class CountingClient:
    """A boto3 client that counts the write units of its calls."""

    def __init__(self, dynamodb: Any) -> None:
        self._dynamodb, self.units = dynamodb, 0
        self._lock = threading.Lock()

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._dynamodb, name)

        def counted(**asked: Any) -> Any:
            with self._lock:
                self.units += count_units(name, asked)
            return call(**asked)

        return counted if name in _UNITS else call


_UNITS: dict[str, Callable[[dict[str, Any]], int]] = {
    "put_item": lambda _: 1,
    "update_item": lambda _: 1,
    "delete_item": lambda _: 1,
    "transact_write_items": lambda asked: 2 * len(asked["TransactItems"]),
    "batch_write_item": lambda asked: sum(map(len, asked["RequestItems"].values())),
}


def count_units(name: str, asked: dict[str, Any]) -> int:
    """Return the write units of a call whose items have up to 1 KB."""
    return _UNITS[name](asked)


def measure(client: CountingClient, work: Work) -> Cost:
    """Do the work once."""
    run = work.prepare(client)
    units, began, cpu = client.units, time.perf_counter(), time.process_time()
    written = run()
    seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - cpu
    return Cost(seconds / written, cpu_seconds / written, (client.units - units) / written)


def middle(costs: Sequence[Cost]) -> Cost:
    return Cost(*(statistics.median(values) for values in zip(*costs, strict=True)))


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=2_000)
    asked = parser.parse_args()
    server = RedisServer()
    with tempfile.TemporaryDirectory() as made:
        child, endpoint = start_dynamodb(ROOT / ".venv-aws/bin/python", Path(made))
        try:
            wait_for_dynamodb(child, endpoint, threading.Event())
            client = CountingClient(connect_dynamodb(endpoint))
            with Redis.from_url(server.url) as redis:
                ways = make_ways(redis, server.url, Path(made), asked.records)
                costs: dict[str, list[Cost]] = {work.name: [] for work in ways}
                for _ in range(ROUNDS):
                    for work in ways:
                        costs[work.name].append(measure(client, work))
        finally:
            stop_children([child])
            server.kill()
    print(f"{asked.records:,} records, in batches of {BATCH}")
    print(f"{'':46}{'ms an item':>11}{'of plain':>9}{'CPU, ms':>9}{'of plain':>9}{'units':>7}")
    plain = Cost(1.0, 1.0, 1.0)
    for work in ways:
        cost = middle(costs[work.name])
        plain = cost if work.is_plain else plain
        print(
            f"{work.name:46}{1e3 * cost.seconds:11.2f}{cost.seconds / plain.seconds:8.1f}x"
            f"{1e3 * cost.cpu_seconds:9.2f}{cost.cpu_seconds / plain.cpu_seconds:8.1f}x"
            f"{cost.units:7.2f}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
