"""Items that move in and out of a board stay exact in handler, reconcile and verify.

A table is written, and its stream delivered as Lambda may: late, in parts, and again. Meanwhile the
table is read. The expected result is computed here from the items alone, in plain Python.
"""

import random
from collections.abc import Callable
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from redis import Redis

from aggregates.board import Board, Condition, Currency, Groups, Period, Rate
from aggregates.keys import board_keys
from lambda_handler.board_target import count_on
from lambda_handler.consume import Consumer
from reconcile.reading import Reading
from reconcile.reconcile import reconcile_board
from reconcile.verify import verify_board
from tests.faults.table import Image, Table
from tests.stream_events import donation, event

# Items are spread over 20 minutes; those in the middle count.
_FROM, _UNTIL = "2026-11-21T18:05:00+00:00", "2026-11-21T18:15:00+00:00"
PERIOD = Period(1_795_284_300_000, 1_795_284_900_000)
RATE = Decimal("1.08")
STATES = ("PAID", "COMPLETED", "FAILED", "REFUNDED")
PLATFORMS = ("Phone", " phone ", "WEB", "Fax", "")
CURRENCIES = ("USD", "usd", "EUR", "JPY")


class Gala(Table):
    """A table with soft deletes, states, currencies, and other kinds of items."""

    def change(self, keys: Any = ()) -> None:  # noqa: ARG002
        chance = self._chance
        if not self.items or chance.random() < 0.3:
            self._named += 1
            self._put(f"d-{self._named}", self._new(f"d-{self._named}"))
            return
        key = chance.choice(list(self.items))
        if chance.random() < 0.1:
            del self.items[key]
            self._record(key, None)
            return
        # Change all or some of its attributes.
        image = self._new(key)
        was = self.items[key]
        kept = {name: value for name, value in was.items() if chance.random() < 0.6}
        if "kind" in image or "kind" in was:
            kept = {}
        if (changed := image | kept) != self.items[key]:
            self._put(key, changed)

    def _new(self, key: str) -> Image:
        chance = self._chance
        if chance.random() < 0.1:
            return {"donationId": {"S": key}, "kind": {"S": "profile"}}
        amount = f"{chance.randint(-100, 10**5) / 100:.2f}"
        image: Image = donation(key, chance.choice(PLATFORMS), amount, self._time())
        image["status"] = {"S": chance.choice(STATES)}
        image["currency"] = {"S": chance.choice(CURRENCIES)}
        if chance.random() < 0.3:
            image["_deleted"] = {"BOOL": chance.random() < 0.5}
        return image


def make(make_board: Callable[..., Board]) -> Board:
    board = make_board()
    return make_board(
        table=board.name,
        where=(Condition("status", ("PAID", "COMPLETED")), Condition("_deleted", (False,))),
        period=PERIOD,
        currency=Currency("currency", (Rate("EUR", RATE),)),
        groups=Groups(missing="None", known=("Phone", "Web"), others="Other"),
    )


def count(items: dict[str, Image]) -> tuple[dict[str, int], set[str]]:
    """Return the expected totals, and the items that cannot be counted."""
    totals = {"ALL:count": 0, "ALL:amount": 0}
    rejected = set()
    for key, image in items.items():
        is_deleted = image.get("_deleted", {}).get("BOOL", False)
        state = image.get("status", {}).get("S")
        if is_deleted or state not in ("PAID", "COMPLETED"):
            continue
        if not _FROM <= image["donatedAt"]["S"] < _UNTIL:
            continue
        code = image["currency"]["S"].upper()
        if code == "JPY":
            rejected.add(key)
            continue
        units = Decimal(image["amount"]["N"]) * (RATE if code == "EUR" else 1)
        cents = int((units * 100).quantize(Decimal(1), ROUND_HALF_UP))
        name = image["platform"]["S"].strip().casefold()
        group = {"phone": "Phone", "web": "Web", "": "None"}.get(name, "Other")
        for place in ("ALL", group):
            for measure, value in (("count", 1), ("amount", cents)):
                field = f"{place}:{measure}"
                totals[field] = totals.get(field, 0) + value
    return totals, rejected


def read(redis: Redis, board: Board) -> tuple[dict[str, int], set[str]]:
    keys = board_keys(board.name)
    totals: Any = redis.hgetall(keys.totals)
    rejected: Any = redis.hkeys(keys.rejected)
    empty = {"ALL:count": 0, "ALL:amount": 0}
    return empty | {f.decode(): int(v) for f, v in totals.items()}, {k.decode() for k in rejected}


class Stream:
    """Delivers a table's records: each shard in order, some records repeatedly."""

    def __init__(self, redis: Redis, board: Board, table: Table, chance: random.Random) -> None:
        self._consumer = Consumer(count_on([board], lambda: redis))
        self._table, self._chance = table, chance
        self._positions = [0] * len(table.shards)

    def deliver(self, shard: int, size: int) -> None:
        first, again = self._positions[shard], self._chance.choice((0, 0, 5))
        records = self._table.shards[shard][max(0, first - again) : first + size]
        if records:
            assert self._consumer.consume(event(*records)) == {"batchItemFailures": []}
            self._positions[shard] = min(first + size, len(self._table.shards[shard]))

    def deliver_some(self) -> None:
        self.deliver(self._chance.randrange(len(self._positions)), self._chance.randint(1, 12))

    def drain(self) -> None:
        for shard, records in enumerate(self._table.shards):
            while self._positions[shard] < len(records):
                self.deliver(shard, 12)


@pytest.mark.parametrize("seed", range(25))
def test_a_change_that_moves_an_item_in_or_out_is_exact(
    redis: Redis, make_board: Callable[..., Board], seed: int
) -> None:
    chance = random.Random(seed)
    board = make(make_board)
    table: Any = Gala(board.table, chance)
    stream = Stream(redis, board, table, chance)
    table.fill(chance.randint(0, 40))

    def live(_: int = 0) -> None:
        for _ in range(chance.randint(0, 8)):
            table.change()
        for _ in range(chance.randint(0, 3)):
            stream.deliver_some()

    for _ in range(chance.randint(5, 12)):
        live()
        if chance.random() < 0.3:
            reconcile_board(board, table, redis, Reading(segments=1), progress=live)
    reconcile_board(board, table, redis, Reading(segments=1), progress=live)
    stream.drain()
    assert read(redis, board) == count(table.items)
    audit = verify_board(board, table, redis, lag_seconds=0)
    assert (audit.is_exact, set(audit.rejected)) == (True, count(table.items)[1])


@pytest.mark.parametrize("seed", range(5))
def test_handler_and_reconcile_count_the_same(
    redis: Redis, make_board: Callable[..., Board], seed: int
) -> None:
    chance = random.Random(seed)
    streamed = make(make_board)
    read_again = replace(streamed, name=make_board().name)
    table: Any = Gala(streamed.table, chance)
    for _ in range(200):
        table.change()
    Stream(redis, streamed, table, chance).drain()
    reconcile_board(read_again, table, redis)
    assert read(redis, streamed) == read(redis, read_again) == count(table.items)


def test_the_runs_of_this_test_are_worth_something(make_board: Callable[..., Board]) -> None:
    """All cases occur: moves in and out, every group, rejected and converted items."""
    table = Gala("any", random.Random(1))
    for _ in range(400):
        table.change()
    totals, rejected = count(table.items)
    assert {f"{group}:count" for group in ("Phone", "Web", "Other", "None")} <= totals.keys()
    assert rejected
    assert 0 < totals["ALL:count"] + len(rejected) < len(table.items) / 2
