"""Measures SQL over the live table, beside what a user would do instead.

`python -m benchmarks.explore [--rows 1000000] [--scanned 20000]`. It takes 15 minutes. A service
with its engine is asked over HTTP, as users ask it; SQLite in this process, without HTTP, with
indexes that cover the first question; a scan in the local DynamoDB, of fewer items, times what is
missing. Ours and SQLite take turns. Answers are compared before anything is timed.
"""

import argparse
import random
import sqlite3
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx

from aggregates.board import Board
from benchmarks.explore import rivals
from benchmarks.explore.gifts import QUESTIONS, Question, make_gift, make_pages, pick_time
from local.child import stop_children
from local.dynamodb import connect_dynamodb, create_table
from local.dynamodb_server import start_dynamodb, wait_for_dynamodb
from tests.conftest import ROOT
from tests.explore.filled import fill_board
from tests.explore.served import Served

# What a page of a scan has at most, 1 MB, and what the sinks' function hands over at once.
PER_PAGE, BATCH = 3_000, 100
ASKED = 40
READERS, READING_SECONDS = 8, 10.0
VIEWERS, LOOKS = 20, 50
QUERY = 'sql = "select platform, count(*) as gifts, sum(amount) as total from donations group by 1"'


def measure_fill(served: Served, path: Path, gifts: int) -> sqlite3.Connection:
    """Fill both in turns, page by page; print rows a second, and return SQLite's connection."""
    writer, name = rivals.create(path), served.board
    ours = theirs = 0.0
    served.run(served.engine.write(name, "begin_fill", fill="one", cut=0.0))
    for page in make_pages(gifts, PER_PAGE):
        began = time.monotonic()
        told = served.run(served.engine.write(name, "tell"))
        served.run(served.engine.fill_page(name, "one", told["version"], page))
        filled = time.monotonic()
        rivals.put(writer, page)
        ours, theirs = ours + filled - began, theirs + time.monotonic() - filled
    served.run(served.engine.write(name, "end_fill", fill="one", forget=0.0))
    print(f"filled, rows a second           {gifts / ours:>10,.0f}   SQLite {gifts / theirs:,.0f}")
    return writer


def ask_ours(served: Served, client: httpx.Client, question: Question, at: str) -> list[Any]:
    """Return the rows, as a Python program gets them."""
    body = {"sql": question.duckdb, "parameters": {"at": at}, "timeout_ms": 10_000}
    answer = client.post(f"/api/boards/{served.board}/query", json=body).raise_for_status()
    return [[*row.values()] for row in answer.json()["results"]]


def compare(served: Served, reader: sqlite3.Connection, gifts: int) -> None:
    """Raise `SystemExit` unless both say the same."""
    at = pick_time(random.Random(0))
    for question in QUESTIONS:
        ours = ask_ours(served, served.client, question, at)
        theirs = reader.execute(question.sqlite, {"at": at}).fetchall()
        money: list[tuple[Any, ...]] = [
            (*map(str, row[:-1]), Decimal(str(row[-1])) * 100) for row in ours
        ]
        other = [(*map(str, row[:-1]), Decimal(row[-1])) for row in theirs]
        if question.name == "by hour and platform":
            money = [(row[0][:13].replace(" ", "T"), *row[1:]) for row in money]
        if money != other:
            sys.exit(f"{question.name}: {money[:2]} are not {other[:2]}")
    print(f"{len(QUESTIONS)} questions on {gifts:,} rows have equal answers")


def measure_questions(served: Served, reader: sqlite3.Connection) -> None:
    """Print the times of each question, asked one at a time."""
    chance = random.Random(2)
    for question in QUESTIONS:
        ours: list[float] = []
        theirs: list[float] = []
        for _ in range(ASKED):
            at = pick_time(chance)
            began = time.monotonic()
            ask_ours(served, served.client, question, at)
            between = time.monotonic()
            reader.execute(question.sqlite, {"at": at}).fetchall()
            ours.append(between - began)
            theirs.append(time.monotonic() - between)
        print(f"{question.name:<35} {show(ours)}   SQLite {show(theirs)}")


def show(seconds: list[float]) -> str:
    cut = statistics.quantiles(seconds, n=100, method="inclusive")
    return f"p50 {cut[49] * 1000:6.1f} p99 {cut[98] * 1000:6.1f} ms"


@contextmanager
def reading(ask: Callable[[int, str], object]) -> Iterator[list[float]]:
    """Ask with `READERS` at once, each as fast as it can, until the end of the block."""
    stop, seconds = threading.Event(), list[float]()

    def read(number: int) -> None:
        chance = random.Random(number)
        while not stop.is_set():
            began = time.monotonic()
            ask(number, pick_time(chance))
            seconds.append(time.monotonic() - began)

    with ThreadPoolExecutor(READERS) as pool:
        readers = [pool.submit(read, number) for number in range(READERS)]
        try:
            yield seconds
        finally:
            stop.set()
    for reader in readers:
        reader.result()


def measure_changes(change: Callable[[int], None]) -> float:
    """Return how many changes a second are taken, in batches of `BATCH`."""
    began, batches = time.monotonic(), 0
    while time.monotonic() - began < READING_SECONDS:
        change(batches)
        batches += 1
    return batches * BATCH / (time.monotonic() - began)


def measure_readers(served: Served, writer: sqlite3.Connection, path: Path, gifts: int) -> None:
    """Print how many changes a second both take, alone and beside readers."""
    chance, clients = random.Random(3), [served.connect(at_once=32) for _ in range(READERS)]
    readers = [rivals.connect(path) for _ in range(READERS)]
    question, made = QUESTIONS[0], 1.0

    def pick() -> list[dict[str, Any]]:
        return [make_gift(chance.randrange(gifts * 5 // 4), gifts, chance) for _ in range(BATCH)]

    def change_theirs(_: int) -> None:
        nonlocal made
        made += 1.0
        rivals.put(writer, pick(), made)

    for name, change, ask in (
        (
            "ours",
            lambda _: served.change(*pick()),
            lambda number, at: ask_ours(served, clients[number], question, at),
        ),
        (
            "SQLite",
            change_theirs,
            lambda number, at: readers[number].execute(question.sqlite, {"at": at}).fetchall(),
        ),
    ):
        alone = measure_changes(change)
        with reading(ask) as seconds:
            beside = measure_changes(change)
            asked = len(seconds) / READING_SECONDS
        print(
            f"changes a second, {name:<10} {alone:>8,.0f} alone, {beside:,.0f} beside {READERS}"
            f" readers, who get {asked:,.1f} answers a second, {show(seconds)}"
        )


def measure_viewers(served: Served) -> None:
    """Print what a thousand viewers of a stored query cost."""
    headers = {"authorization": f"Bearer {served.make_key(ad_hoc=False, at_once=32)}"}
    address = f"{served.url}/api/boards/{served.board}/queries/by-platform"
    before, seconds = served.results.executions, list[float]()

    def look(_: int) -> None:
        with httpx.Client(headers=headers, timeout=60) as client:
            for _ in range(LOOKS):
                began = time.monotonic()
                client.get(address).raise_for_status()
                seconds.append(time.monotonic() - began)

    began = time.monotonic()
    with ThreadPoolExecutor(VIEWERS) as pool:
        list(pool.map(look, range(VIEWERS)))
    took = time.monotonic() - began
    print(
        f"{VIEWERS * LOOKS:,} views of a stored query    {served.results.executions - before}"
        f" execution, {len(seconds) / took:,.0f} a second, {show(seconds)}"
    )


def measure_scan(gifts: int, scanned: int, board: Board) -> None:
    """Print how long a program that scans the table takes for the first question."""
    python, cache = ROOT / ".venv-aws/bin/python", ROOT / ".cache"
    child, endpoint = start_dynamodb(python, cache, services="dynamodb,dynamodbstreams")
    try:
        wait_for_dynamodb(child, endpoint, threading.Event())
        dynamodb = connect_dynamodb(endpoint)
        create_table(dynamodb, board, with_stream=False)
        rivals.load(dynamodb, board.table, make_pages(scanned, PER_PAGE))
        seconds, _ = rivals.scan(dynamodb, board.table)
    finally:
        stop_children([child])
    print(
        f"a scan for the first question   {seconds:.2f} s for {scanned:,} items of the local"
        f" DynamoDB; times {gifts / scanned:,.0f} that is {seconds * gifts / scanned:,.0f} s"
    )


def main() -> int:
    """Measure everything in one run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.explore")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--scanned", type=int, default=20_000)
    asked = parser.parse_args()
    board = fill_board()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        queries = folder / "boards" / "queries"
        queries.mkdir(parents=True)
        (queries / "by-platform.toml").write_text(QUERY, "utf-8")
        served = Served({board.name: board}, folder, queries=str(folder / "boards"))
        try:
            path = folder / "sqlite.db"
            writer = measure_fill(served, path, asked.rows)
            compare(served, writer, asked.rows)
            measure_questions(served, writer)
            measure_viewers(served)
            measure_readers(served, writer, path, asked.rows)
            print(f"files: {size(folder / f'{board.name}.duckdb')}, SQLite {size(path)}")
        finally:
            served.close()
    measure_scan(asked.rows, asked.scanned, board)
    return 0


def size(path: Path) -> str:
    return f"{sum(one.stat().st_size for one in path.parent.glob(path.name + '*')) / 1e6:,.0f} MB"


if __name__ == "__main__":
    sys.exit(main())
