"""Rows in ClickHouse's own dialect: exact whatever comes twice, late, or beside a fill."""

from random import Random
from typing import Any

import pytest
from redis import Redis

from aggregates.connection import connect
from aggregates.keys import board_keys
from lambda_handler.board_target import count_on
from lambda_handler.consume import Consumer
from local.lambda_event import to_event
from local.totals import read_totals
from sinks.clickhouse.columns import Columns
from sinks.clickhouse.server import Server
from sinks.clickhouse.tables import Tables
from sinks.clickhouse.versions import make_version
from sinks.kinds.clickhouse import ClickHouse
from sinks.sink_state import ATTACHED
from tests.explore.boards import invent, make_key
from tests.sinks.clickhouse.access import ENVIRONMENT
from tests.sinks.clickhouse.conftest import MakeSink
from tests.sinks.clickhouse.gifts import Gifts
from tests.sinks.clickhouse.seen import ask, find_wrong, see


@pytest.fixture
def gifts(dynamodb: Any, make_sink: MakeSink) -> Gifts:
    """Return a filled sink of an empty table."""
    made = Gifts(dynamodb, make_sink())
    made.fill()
    return made


def run(sink: ClickHouse, sql: str) -> str:
    return Server(sink, ENVIRONMENT).run(sql)


def test_the_sums_are_those_that_the_display_shows(
    gifts: Gifts, redis_url: str, redis: Redis
) -> None:
    for number in range(60):
        gifts.put(number)
    records, board = gifts.read_records(), gifts.sink.board
    assert gifts.deliver(*records)
    counting = Consumer(count_on([board], lambda: connect(redis_url)))
    try:
        redis.unlink(*board_keys(board.name))
        assert counting.consume(to_event(records)) == {"batchItemFailures": []}
        shown = read_totals(redis, board)
    finally:
        redis.unlink(*board_keys(board.name))
    rows = ask(
        gifts.sink,
        "SELECT if(grouping(platform) = 1, 'ALL', platform) AS name, toString(count()),"
        " toString(toInt64(sum(amount) * 100)) FROM {} WHERE platform IS NOT NULL"
        " GROUP BY ROLLUP(platform)",
    )
    found = {name: {"count": int(count), "amount": int(amount)} for name, count, amount in rows}
    assert len(found) > 3
    assert found == shown


def test_what_comes_twice_late_or_deleted_leaves_the_newest(gifts: Gifts) -> None:
    for number in (1, 2, 3):
        gifts.put(number)
        gifts.put(number)
    gifts.delete(2)
    gifts.delete(3)
    gifts.put(3)
    records = gifts.read_records()
    for record in reversed(records):
        assert gifts.deliver(record)
    assert gifts.find_wrong() == []
    assert gifts.deliver(*records)
    assert gifts.deliver(*records[:2])
    assert gifts.find_wrong() == []
    assert len(see(gifts.sink)) == 2
    # ClickHouse merges when it likes.
    run(gifts.sink, f"OPTIMIZE TABLE {gifts.sink.database}.donations_rows FINAL")
    assert gifts.deliver(*records[:4])
    assert gifts.find_wrong() == []


def test_a_fill_reads_what_was_passed_over_and_shows_no_row_of_before(gifts: Gifts) -> None:
    for number in range(5):
        gifts.put(number)
    assert gifts.deliver(*gifts.read_records())
    gifts.delete(0)
    gifts.put(1)
    gifts.put(9)
    assert len(gifts.find_wrong()) >= 3
    assert gifts.fill() == 5
    assert gifts.find_wrong() == []
    assert gifts.read_state().status == ATTACHED
    # Nobody sees the others, and they are deleted.
    [[rows]] = ask(gifts.sink, "SELECT toString(count()) FROM {}_rows FINAL")
    assert int(rows) == 6


def test_whatever_histories_the_items_have_the_rows_are_their_ends(make_sink: MakeSink) -> None:
    sink, random = make_sink(), Random(11)
    columns = Columns(sink)
    tables = Tables(sink, columns, Server(sink, ENVIRONMENT))
    tables.prepare("a table")
    writes = []
    wanted = []
    for number in range(80):
        key = make_key(number)
        name = columns.key_of(key)
        image = None
        # Two fills; each reads the item somewhere among the changes made since its cut.
        for cut_s in (100, 200):
            # Between the two, records are lost.
            image = None if random.random() < 0.2 else image
            changes = random.randint(0, 4)
            read_at = random.randint(0, changes)
            for change in range(changes + 1):
                if change == read_at and image is not None:
                    writes.append((columns.make_row(image), make_version(cut_s)))
                if change == changes:
                    break
                image = None if random.random() < 0.3 else invent(random, key)
                place = f"{cut_s:014}-{change + 1:040}"
                row = [name] if image is None else columns.make_row(image)
                # Late calls write under the cut that they know.
                writes.append((row, make_version(cut_s, place)))
        wanted += [image] if image is not None else []
    writes += random.choices(writes, k=len(writes) // 3)
    random.shuffle(writes)
    tables.mark(200)
    for start in range(0, len(writes), 40):
        tables.insert(writes[start : start + 40])
        if start == 400:
            run(sink, f"OPTIMIZE TABLE {sink.database}.donations_rows FINAL")
    tables.mark(100)
    assert len(writes) > 500
    assert find_wrong(sink, wanted) == []


def test_before_the_first_fill_has_ended_nothing_is_seen(make_sink: MakeSink) -> None:
    sink = make_sink()
    columns = Columns(sink)
    tables = Tables(sink, columns, Server(sink, ENVIRONMENT))
    tables.prepare("a table")
    tables.insert([(columns.make_row(invent(Random(1), make_key(1))), make_version(100))])
    assert see(sink) == {}
    tables.mark(100)
    assert [*see(sink)] == ["d-1"]


def test_what_is_hidden_is_nowhere(dynamodb: Any, make_sink: MakeSink) -> None:
    gifts = Gifts(dynamodb, make_sink(hidden=frozenset({"email"})))
    gifts.put(1, email={"S": "ada@example.org"})
    gifts.fill()
    gifts.put(2, email={"S": "ada@example.org"})
    assert gifts.deliver(*gifts.read_records())
    assert len(see(gifts.sink)) == 2
    rows = ask(gifts.sink, "SELECT * FROM {}_rows")
    assert rows
    assert "ada@" not in str(rows)


def test_texts_and_numbers_are_what_they_were(gifts: Gifts) -> None:
    gifts.put(
        1,
        comment={"S": 'it\'s a \\ "test"\n\t\x00 \u2028 ❤ 😀 {x:String}'},
        platform={"S": "'; DROP TABLE x --"},
        amount={"N": "1234567890123.45"},
        donatedAt={"S": "1901-02-03T04:05:06.789Z"},
    )
    gifts.put(2, amount={"N": "-0.4"}, donatedAt={"S": "2299-12-31T23:59:59.999Z"})
    assert gifts.deliver(*gifts.read_records())
    assert gifts.find_wrong() == []
    assert gifts.fill() == 2
    assert gifts.find_wrong() == []


def test_a_time_that_clickhouse_has_not_is_null_and_the_gift_counts(gifts: Gifts) -> None:
    gifts.put(1, platform={"S": "Web"}, amount={"N": "5"}, donatedAt={"S": "2500-01-01T00:00:00Z"})
    assert gifts.deliver(*gifts.read_records())
    [(_, time, amount, item)] = see(gifts.sink).values()
    assert (time, str(amount), item["donatedAt"]) == (None, "5", "2500-01-01T00:00:00Z")
    assert gifts.verify().different == 0
