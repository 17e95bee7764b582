"""Compares the handler's throughput with the two usual ways, which count a retried batch twice.

`python -m benchmarks.handler`. All three parse the same stream records, in batches of 1,000, into a
real Redis on loopback; rounds take turns, and the median round counts.
"""

import json
import random
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from redis import Redis

from aggregates.board_file import load_board
from aggregates.keys import board_keys
from lambda_handler.board_target import count_on
from lambda_handler.consume import Consumer
from tests.conftest import ROOT, RedisServer, find_redis_servers
from tests.stream_events import donation, event, record

BATCH = 1_000
BATCHES = 40
ROUNDS = 5
# The sequential way is slow, so this many records of a batch are enough to measure it.
SEQUENTIAL_RECORDS = 300

Events = list[dict[str, Any]]


def make_amount(chance: random.Random) -> str:
    """Return an amount; one in fifty is a rare one, as in a real marathon."""
    if chance.random() < 0.02:
        return f"{chance.randint(100, 100_000) / 100:.2f}"
    return chance.choice(["5", "10", "25.5", "50", "100", "13.37"])


def make_events() -> Events:
    """Return batches of donations, each item once, with ids and numbers as long as real ones."""
    chance = random.Random(2017)
    platforms = ["Website", "Facebook", "Phone", "Text"]
    events, number = [], 0
    for _ in range(BATCHES):
        records = []
        for _ in range(BATCH):
            number += 1
            item = donation(
                f"agdq2017-{number:06}",
                chance.choice(platforms),
                make_amount(chance),
                f"2017-01-{8 + number // 3000:02}T{number % 24:02}:{number % 60:02}:00Z",
            )
            records.append(record(4421584500000000017450439091 + 7 * number, item, name="INSERT"))
        events.append(event(*records))
    return events


def read_minor(image: dict[str, Any]) -> int:
    return round(float(image["amount"]["N"]) * 100)


def count_sequentially(redis: Redis, events: Events) -> int:
    """Count with four commands for a record's group and four for the total, as articles do."""
    counted = 0
    for item in events[0]["Records"][:SEQUENTIAL_RECORDS]:
        image = item["dynamodb"]["NewImage"]
        for group in (image["platform"]["S"], "ALL"):
            redis.hincrby("naive", f"{group}:count", 1)
            redis.hincrby("naive", f"{group}:amount", read_minor(image))
            totals: Any = redis.hmget("naive", f"{group}:count", f"{group}:amount")
            message = {"group": group, "count": int(totals[0]), "amount": int(totals[1])}
            redis.publish("aggregates", json.dumps(message))
        counted += 1
    return counted


def count_in_a_pipeline(redis: Redis, events: Events) -> int:
    """Count with the same increments, one round trip per batch, and one PUBLISH."""
    counted = 0
    for batch in events:
        with redis.pipeline(transaction=False) as pipeline:
            for item in batch["Records"]:
                image = item["dynamodb"]["NewImage"]
                for group in (image["platform"]["S"], "ALL"):
                    pipeline.hincrby("piped", f"{group}:count", 1)
                    pipeline.hincrby("piped", f"{group}:amount", read_minor(image))
                counted += 1
            pipeline.publish("aggregates", "{}")
            pipeline.execute()
    return counted


def count_exactly(redis: Redis, events: Events, name: str) -> int:
    """Count with Tallyboard's handler, into an empty ledger."""
    board = replace(load_board(ROOT / "boards/fundraiser.toml"), name=name)
    consumer = Consumer(count_on([board], lambda: redis))
    for batch in events:
        response = consumer.consume(batch)
        assert response == {"batchItemFailures": []}
    return BATCH * len(events)


def measure(count: Callable[[], int]) -> float:
    """Return the microseconds per record."""
    started = time.perf_counter()
    records = count()
    return (time.perf_counter() - started) / records * 1e6


def measure_ledger(redis: Redis, events: Events) -> tuple[float, float]:
    """Return the bytes per item in the ledger: from Redis's total memory, and by MEMORY USAGE."""
    items = BATCH * BATCHES
    ledger = board_keys("memory").ledger
    before: Any = redis.info("memory")
    count_exactly(redis, events, "memory")
    redis.unlink(*(key for key in board_keys("memory") if key != ledger))
    after: Any = redis.info("memory")
    usage: Any = redis.memory_usage(ledger, samples=0)
    return (after["used_memory"] - before["used_memory"]) / items, usage / items


def compare_ways(redis: Redis, events: Events) -> None:
    """Print the cost of a record for each way."""
    ways: dict[str, Callable[[], int]] = {
        "(a) four sequential commands a record and group": lambda: count_sequentially(
            redis, events
        ),
        "(b) a pipeline of HINCRBYs": lambda: count_in_a_pipeline(redis, events),
        "Tallyboard: exact, one script call": lambda: count_exactly(redis, events, "exact"),
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, way in ways.items():
            redis.unlink("naive", "piped", *board_keys("exact"))
            times[name].append(measure(way))
    medians = {name: statistics.median(values) for name, values in times.items()}
    ours = list(medians.values())[-1]
    print(f"{'':50}{'µs a record':>12}{'records/s':>12}{'ours is':>10}")
    for name, median in medians.items():
        print(f"{name:50}{median:12.1f}{1e6 / median:12,.0f}{median / ours:9.1f}x")


def main() -> None:
    events = make_events()
    for binary in find_redis_servers():
        server = RedisServer(binary)
        try:
            with Redis.from_url(server.url) as redis:
                info: Any = redis.info()
                kind = info.get("server_name", "redis")
                version = info.get("valkey_version", info["redis_version"])
                print(f"{kind} {version} ({info['mem_allocator']}), batches of {BATCH:,}")
                compare_ways(redis, events)
                used, usage = measure_ledger(redis, events)
                print(
                    f"ledger, bytes an item: {usage:.0f} by MEMORY USAGE, {used:.0f} of all used\n"
                )
        finally:
            server.kill()


if __name__ == "__main__":
    main()
