"""A marathon's donations pass the real handler, delivered as badly as Lambda may."""

import json
import random
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from redis import Redis

from aggregates.board import Board
from aggregates.totals import Totals
from lambda_handler.board_target import count_on
from lambda_handler.consume import Consumer
from tests.conftest import ROOT
from tests.reading_back import read_totals
from tests.stream_events import donation, event, record

# Amounts as at a real event: many small ones, some with cents, a few large ones.
_AMOUNTS = ["5", "10", "20", "25", "50", "100", "0.01", "13.37", "2.5", "1000", "15000"]
_PLATFORMS = ["Website", "Facebook", "Phone", "Text"]

# Applies the event on its standard input, and is killed before it can acknowledge it.
_KILLED_AFTER_APPLYING = """
import json, os, signal, sys
from aggregates import scripts
from lambda_handler import board_target, handler

def apply_and_die(*arguments):
    scripts.apply_batch(*arguments)
    os.kill(os.getpid(), signal.SIGKILL)

board_target.apply_batch = apply_and_die
handler.handle(json.load(sys.stdin), None)
"""


def make_stream(count: int, chance: random.Random) -> tuple[list[dict[str, Any]], Totals]:
    """Return stream records of `count` donations, and the totals of the resulting table."""
    records, totals = [], {"ALL": {"count": 0, "amount": 0}}
    sequence = 10**20
    for number in range(count):
        platform, amount = chance.choice(_PLATFORMS), chance.choice(_AMOUNTS)
        sequence += chance.choice([1, 13, 10**6])
        records.append(record(sequence, donation(f"d-{number}", platform, amount)))
        for group in (totals.setdefault(platform, {"count": 0, "amount": 0}), totals["ALL"]):
            group["count"] += 1
            group["amount"] += round(float(amount) * 100)
    return records, totals


def test_batches_delivered_twice_and_late_count_once(redis: Redis, board: Board) -> None:
    chance = random.Random(2017)
    records, totals = make_stream(20_000, chance)
    consumer = Consumer(count_on([board], lambda: redis))
    late: list[list[dict[str, Any]]] = []
    position = 0
    while position < len(records):
        batch = records[position : position + chance.randint(1, 1000)]
        position += len(batch)
        consumer.consume(event(*batch))
        if chance.random() < 0.2:
            late.append(batch)
        while late and chance.random() < 0.3:
            consumer.consume(event(*late.pop(chance.randrange(len(late)))))
    for batch in late:
        consumer.consume(event(*batch))
    assert read_totals(redis, board) == totals


def test_a_handler_killed_after_applying_counts_once(
    redis: Redis, redis_url: str, make_board: Callable[..., Board], tmp_path: Path
) -> None:
    board = make_board()
    file = tmp_path / f"{board.name}.toml"
    file.write_text((ROOT / "boards/fundraiser.toml").read_text())
    records, totals = make_stream(2_000, random.Random(7))
    consumer = Consumer(count_on([board], lambda: redis))
    for first in range(0, len(records), 500):
        batch = event(*records[first : first + 500])
        killed = subprocess.run(
            [sys.executable, "-c", _KILLED_AFTER_APPLYING],
            input=json.dumps(batch).encode(),
            env={"REDIS_URL": redis_url, "BOARDS": str(file)},
            check=False,
        )
        assert killed.returncode == -signal.SIGKILL
        assert read_totals(redis, board)["ALL"]["count"] == min(first + 500, len(records))
        assert consumer.consume(batch) == {"batchItemFailures": []}
    assert read_totals(redis, board) == totals


def test_ten_thousand_records_are_one_round_trip(redis: Redis, board: Board) -> None:
    records, totals = make_stream(10_000, random.Random(3))
    calls: list[Any] = []

    class Counting:
        close = redis.close

        def execute_command(self, *args: Any) -> Any:
            calls.append(args)
            return redis.execute_command(*args)

    consumer = Consumer(count_on([board], Counting))  # type: ignore[arg-type]
    consumer.consume(event(records[0]))  # this loads the script
    calls.clear()
    consumer.consume(event(*records))
    [call] = calls
    # ElastiCache Serverless takes at most 3,999 arguments in a request.
    assert call[0] == "EVALSHA"
    assert len(call) < 20
    assert read_totals(redis, board) == totals
