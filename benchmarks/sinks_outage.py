"""Measures one sink's table gone for ten minutes: `python -m benchmarks.sinks_outage`.

Gifts are written at a constant rate, and changed; one reader of the stream counts them, the other
feeds two copies and a rule. Then the table of one copy is deleted. With `--pace 10`, which is the
usual, the ten minutes take one, and the sink is detached after 12 s instead of two minutes; nothing
else is faster. Then the table is there again, empty, and the copy is filled beside the stream.

Before that, the same is run without an outage, on a DynamoDB and a Redis of its own as well: the
local DynamoDB becomes slower as its tables grow, so each phase is compared with that of this run.
"""

import argparse
import statistics
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from redis import Redis

from local.child import stop_children
from local.dynamodb import connect_dynamodb
from local.dynamodb_server import start_dynamodb, wait_for_dynamodb
from sinks.consume import DETACH_SECONDS
from sinks.filling import SETTLE_SECONDS
from tests.conftest import ROOT, RedisServer
from tests.sinks.gifts import load_gifts
from tests.sinks.outage import Ended, Outage, Times

GONE_SECONDS = 600.0


def main() -> int:
    """Print the table; return 1 if something is not exact at the end."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pace", type=float, default=10.0, help="1: the full ten minutes")
    parser.add_argument("--rate", type=float, default=8.0, help="gifts a second")
    asked = parser.parse_args()
    times = Times(20.0, GONE_SECONDS / asked.pace, DETACH_SECONDS / asked.pace, SETTLE_SECONDS)
    usual = measure(asked.rate, times, is_gone=False)
    ended = measure(asked.rate, times, is_gone=True)
    print(f"{ended.written:,} gifts, {asked.rate:g} a second, and changes of them.")
    print(f"The table was gone for {times.gone_seconds:.0f} s; after", end=" ")
    print(f"{ended.detached_after:.1f} s its sink was detached (stated: {times.detach_seconds:g}).")
    print(f"The fill corrected {ended.corrected:,} items.")
    print_phases("from the write to the count", usual.counting, ended.counting)
    print_phases("from the write to the copy beside it", usual.copying, ended.copying)
    wrong = ", ".join(f"{what} {count}" for what, count in ended.wrong.items())
    print(f"\nItems that are wrong at the end: {wrong}")
    return 1 if any(ended.wrong.values()) else 0


def measure(rate: float, times: Times, *, is_gone: bool) -> Ended:
    """Run it on servers of its own."""
    server = RedisServer()
    with tempfile.TemporaryDirectory() as made:
        child, endpoint = start_dynamodb(ROOT / ".venv-aws/bin/python", Path(made))
        try:
            wait_for_dynamodb(child, endpoint, threading.Event())
            with Redis.from_url(server.url) as redis:
                board = load_gifts(Path(made))
                outage = Outage(board, connect_dynamodb(endpoint), redis, rate=rate, times=times)
                return outage.run(is_gone=is_gone)
        finally:
            stop_children([child])
            server.kill()


def print_phases(
    title: str, usual: Mapping[str, Sequence[float]], found: Mapping[str, Sequence[float]]
) -> None:
    """Print a line for each phase."""
    print(f"\n{title + ', s':38}{'without':>16}{'outage':>16}{'p50':>8}")
    print(f"{'':38}{'p50':>8}{'p99':>8}{'p50':>8}{'p99':>8}{'ratio':>8}")
    for phase, delays in found.items():
        (p50, p99), (own_p50, own_p99) = find_percentiles(usual[phase]), find_percentiles(delays)
        print(f"{phase:38}{p50:8.2f}{p99:8.2f}{own_p50:8.2f}{own_p99:8.2f}{own_p50 / p50:7.1f}x")


def find_percentiles(seconds: Sequence[float]) -> tuple[float, float]:
    """Return the 50th and the 99th."""
    return statistics.median(seconds), sorted(seconds)[int(0.99 * (len(seconds) - 1))]


if __name__ == "__main__":
    sys.exit(main())
