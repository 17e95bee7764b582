"""What one script call takes, and what the ledger takes per item, on every server there is.

    python -m benchmarks.script_time [--items 1000000]

A call blocks Redis: its time is what SLOWLOG says, so without the network and without encoding.
"""

import argparse
import random
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from redis import Redis

from aggregates.batch import Batch, BatchEncoder, Change
from aggregates.board_file import load_board
from aggregates.keys import board_keys
from aggregates.scripts import apply_batch
from tests.conftest import ROOT, RedisServer, find_redis_servers
from tests.stream_events import donation

_SIZES = (100, 1_000, 10_000)
_CALLS = 15
_STREAM_MS = 1_795_284_000_000
_FIRST_SEQUENCE = 4421584500000000017450439091


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=1_000_000)
    arguments = parser.parse_args()
    board = load_board(ROOT / "boards/fundraiser.toml")
    keys, encoder = board_keys(board.name), BatchEncoder(board)
    for binary in find_redis_servers():
        server = RedisServer(binary)
        try:
            with Redis.from_url(server.url, socket_timeout=60) as redis:
                info: Any = redis.info("server")
                name = f"{info.get('server_name', 'redis')} {info['redis_version']}"
                before = used_memory(redis)
                for batch in fill(encoder, arguments.items):
                    apply_batch(redis, keys, batch)
                ledger: Any = redis.memory_usage(keys.ledger, samples=1000)
                grown = (used_memory(redis) - before) / arguments.items
                print(f"\n{name} ({Path(binary)}), {redis.hlen(keys.ledger):,} items")
                print(
                    f"memory per item: {grown:.0f} bytes in all, ledger"
                    f" {ledger / arguments.items:.0f} (keys of 36 bytes)"
                )
                print(f"{'batch':>7} {'new ms':>9} {'corrected ms':>13} {'again ms':>9} (median)")
                for size in _SIZES:
                    new, changed, again = measure(redis, encoder, size, arguments.items)
                    print(f"{size:>7,} {new:>9.2f} {changed:>13.2f} {again:>9.2f}")
        finally:
            server.kill()


def used_memory(redis: Redis) -> int:
    info: Any = redis.info("memory")
    return int(info["used_memory"])


def item_key(number: int) -> str:
    """Return a key of 36 characters, as a UUID has."""
    return f"{number:08x}-0000-4000-8000-000000000000"


def make_batch(encoder: BatchEncoder, numbers: list[int], sequence: int) -> Batch:
    chance, now = random.Random(sequence), time.time()
    changes = [
        Change(
            key := item_key(number),
            _FIRST_SEQUENCE + sequence + place,
            donation(
                key,
                chance.choice(("Facebook", "Phone", "Text", "Website")),
                f"{chance.randint(100, 10**6) / 100:.2f}",
                f"2026-11-21T{number % 24:02}:{number % 59:02}:11Z",
            ),
            now,
        )
        for place, number in enumerate(numbers)
    ]
    return encoder.encode_stream(changes, stream_ms=_STREAM_MS)


def fill(encoder: BatchEncoder, items: int) -> Iterator[Batch]:
    for first in range(0, items, 5_000):
        yield make_batch(encoder, list(range(first, min(first + 5_000, items))), first)


def measure(
    redis: Redis, encoder: BatchEncoder, size: int, items: int
) -> tuple[float, float, float]:
    """Return the median milliseconds of a call on new items, corrected ones, and one repeated."""
    keys = board_keys("fundraiser")
    chance = random.Random(size)
    new: list[float] = []
    changed: list[float] = []
    again: list[float] = []
    for call in range(_CALLS):
        sequence = 10**9 * size + call * size
        fresh = make_batch(encoder, [sequence % 2**32 + n for n in range(size)], sequence)
        known = make_batch(encoder, chance.sample(range(items), size), sequence)
        for batch, times in ((fresh, new), (known, changed), (known, again)):
            times.append(time_call(redis, keys, batch))
    return statistics.median(new), statistics.median(changed), statistics.median(again)


def time_call(redis: Redis, keys: Any, batch: Batch) -> float:
    redis.config_set("slowlog-log-slower-than", 0)
    redis.slowlog_reset()
    apply_batch(redis, keys, batch)
    entries: Any = redis.slowlog_get(16)
    [micros] = [e["duration"] for e in entries if e["command"].upper().startswith(b"EVAL")]
    return float(micros) / 1000


if __name__ == "__main__":
    main()
