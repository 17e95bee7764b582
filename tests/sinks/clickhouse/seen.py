"""What readers see in ClickHouse, and what they have to see."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from aggregates.board import Board
from aggregates.contribution import contribution_reader
from aggregates.rejected import Rejected
from donations.image_json import Image
from sinks.clickhouse.server import Server
from sinks.kinds.clickhouse import ClickHouse
from tests.explore.oracle import count, read_plain
from tests.sinks.clickhouse.access import ENVIRONMENT

Seen = dict[str, list[Any]]


def ask(sink: ClickHouse, sql: str) -> list[list[Any]]:
    """Ask what a reader asks; `{}` in the SQL is the view."""
    view = f"{sink.database}.{sink.table}"
    return Server(sink, ENVIRONMENT, answer_seconds=30).ask(sql.replace("{}", view))


def see(sink: ClickHouse) -> Seen:
    """Return group, time, amount and item of each row, by its key."""
    sql = "SELECT key, platform, toString(donatedAt), toString(amount), item FROM {}"
    return {
        row[0]: [row[1], row[2], None if row[3] is None else Decimal(row[3]), json.loads(row[4])]
        for row in ask(sink, sql)
    }


def find_wrong(sink: ClickHouse, images: Iterable[Image]) -> list[str]:
    """Return how the rows and their sums differ from the items of the table."""
    items = [*images]
    found, board = see(sink), sink.board
    wanted = {next(iter(image[board.key[0]].values())): _expect(board, image) for image in items}
    wrong = [
        f"{key}: {found.get(key)}, not {wanted.get(key)}"
        for key in sorted({*wanted, *found})
        if found.get(key) != wanted.get(key)
    ]
    sums = ask(
        sink,
        "SELECT platform, toString(count()), toString(sum(amount)) FROM {}"
        " WHERE platform IS NOT NULL GROUP BY platform",
    )
    told = {group: (int(number), Decimal(amount)) for group, number, amount in sums}
    if told != count(board, items):
        wrong.append(f"the sums are {told}, not {count(board, items)}")
    return wrong


def _expect(board: Board, image: Image) -> list[Any]:
    item = json.loads(json.dumps(read_plain(image)))
    try:
        found = contribution_reader(board)(image)
    except Rejected:
        found = None
    if found is None:
        return [None, None, None, item]
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=found.time_ms)
    time = moment.strftime("%Y-%m-%d %H:%M:%S.") + f"{found.time_ms % 1000:03}"
    amount = Decimal(found.values[0]).scaleb(-board.measures[0].unit.exponent)
    return [found.group, time, amount, item]
