"""Items like those of real tables pass the whole stack: DynamoDB, stream, function, web app."""

import json
import secrets
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from redis import Redis

from aggregates.board import Board
from aggregates.board_file import load_board
from lambda_handler.board_target import count_on
from lambda_handler.consume import Consumer
from local.dynamodb import connect_streams, create_table
from local.lambda_event import to_event, to_lambda_record
from reconcile.reconcile import reconcile_board
from reconcile.stream import TableStream
from reconcile.verify import verify_board
from tests.waiting import wait_for
from tests.webapp.serving import serve
from tests.webapp.states import note_chain

_HEAD = """
title = "Gala"
table = "{table}"
key = {key}
group_by = "platform"
time = "donatedAt"
"""
_AMOUNT = '[measures.amount]\nattribute = "amount"\nunit = "USD"\n'
_TIMELINE = '[timeline]\nbucket_seconds = 60\n[ticker]\nlength = 5\nattributes = ["platform"]\n'

NOW = datetime.now(UTC).replace(microsecond=0)


def gift(key: str, amount: Any, **attributes: Any) -> dict[str, Any]:
    """Return a donation; `None` removes an attribute."""
    number: Any = amount if isinstance(amount, dict) else {"N": str(amount)}
    at = {"S": NOW.isoformat()}
    item = {"donationId": {"S": key}, "donatedAt": at, "platform": {"S": "Web"}, "amount": number}
    return {name: value for name, value in (item | attributes).items() if value is not None}


class Case(NamedTuple):
    """A board's own lines, its items, and the expected total, groups and rejected items."""

    lines: str
    items: list[dict[str, Any]]
    donations: int
    amount: int
    rejected: int = 0
    groups: tuple[str, ...] = ("Web",)
    key: str = '"donationId"'
    measure: str = _AMOUNT


CASES = {
    "an item in another currency is rejected": Case(
        '[currency]\nattribute = "currency"\n',
        [
            gift("a", 50, currency={"S": "USD"}),
            gift("b", 100, currency={"S": "EUR"}),
            gift("c", 20000, currency={"S": "JPY"}),
        ],
        donations=1,
        amount=5000,
        rejected=2,
    ),
    "or converted by the board's rate": Case(
        '[currency]\nattribute = "currency"\n[currency.rates]\nEUR = "1.08"\n',
        [gift("a", "1.25", currency={"S": "EUR"}), gift("b", 1)],
        donations=2,
        amount=235,
    ),
    "items without a group have one where the board names it": Case(
        '[groups]\nmissing = "Other"\n',
        [gift("a", 100, platform=None), gift("b", 100), gift("c", 100)],
        donations=3,
        amount=30000,
        groups=("Other", "Web"),
    ),
    "without a name for them they are rejected": Case(
        "", [gift("a", 100, platform=None), gift("b", 100)], donations=1, amount=10000, rejected=1
    ),
    "failed and deleted items are outside": Case(
        '[where]\nstatus = ["COMPLETED"]\n_deleted = false\n',
        [
            gift("a", 10, status={"S": "COMPLETED"}),
            gift("b", 700, status={"S": "FAILED"}),
            gift("c", 5, status={"S": "COMPLETED"}, _deleted={"BOOL": True}),
        ],
        donations=1,
        amount=1000,
    ),
    "other kinds of items of a single table are outside": Case(
        '[where]\nSK = {begins = "DON#"}\n',
        [
            {"PK": {"S": "EVENT#1"}, "SK": {"S": "META"}},
            {"PK": {"S": "DONOR#7"}, "SK": {"S": "PROFILE"}},
            gift("x", 10, donationId=None, PK={"S": "EVENT#1"}, SK={"S": "DON#1"}),
        ],
        donations=1,
        amount=1000,
        key='["PK", "SK"]',
    ),
    "an item of another year does not count in a period": Case(
        f"[period]\nfrom = {(NOW - timedelta(days=1)).isoformat()}\n",
        [gift("a", 10), gift("b", 25, donatedAt={"S": "2019-11-21T19:00:00Z"})],
        donations=1,
        amount=1000,
    ),
    "numbers as text, in maps, and in minor units": Case(
        "",
        [
            gift("a", {"M": {"value": {"S": "2500"}}}),
            gift("b", {"M": {"value": {"N": "100"}}}),
            gift("c", {"M": {"value": {"S": "$25"}}}),
        ],
        donations=2,
        amount=2600,
        rejected=1,
        measure=(
            '[measures.amount]\nattribute = "amount.value"\nunit = "USD"\ntext = true\n'
            "minor = true\n"
        ),
    ),
    "a slipped decimal does not reach the wall": Case(
        "",
        [gift("a", 10), gift("b", 4_500_000)],
        donations=1,
        amount=1000,
        rejected=1,
        measure=_AMOUNT + "most = 100_000\n",
    ),
    "groups are spelled as the board knows them": Case(
        '[groups]\nknown = ["Red", "Blue"]\nothers = "Other"\nuntil = "."\n',
        [
            gift("a", 1, platform={"S": "RED.3"}),
            gift("b", 1, platform={"S": " red "}),
            gift("c", 1, platform={"S": "b\u200blue"}),
            gift("d", 1, platform={"S": "Green"}),
        ],
        donations=4,
        amount=400,
        groups=("Blue", "Other", "Red"),
    ),
}


class Table:
    """A board with its table, and the function's position in the stream."""

    def __init__(self, board: Board, dynamodb: Any, redis: Redis) -> None:
        self.board, self._dynamodb, self._redis = board, dynamodb, redis
        self._arn = create_table(dynamodb, board)
        self._stream = TableStream(connect_streams(dynamodb.meta.endpoint_url), self._arn)
        self._consumer = Consumer(count_on([board], lambda: redis))
        self._after: str | None = None

    def put(self, item: dict[str, Any]) -> None:
        self._dynamodb.put_item(TableName=self.board.table, Item=item)

    def delete(self, key: str) -> None:
        self._dynamodb.delete_item(TableName=self.board.table, Key={"donationId": {"S": key}})

    def deliver(self) -> None:
        """Deliver the new records of the stream to the function."""
        [shard] = self._stream.list_shards()
        page = self._stream.read(self._stream.get_iterator(shard.id, self._after))
        if page.records:
            records = [to_lambda_record(record, self._arn) for record in page.records]
            assert self._consumer.consume(to_event(records)) == {"batchItemFailures": []}
            self._after = page.records[-1]["dynamodb"]["SequenceNumber"]

    def prove(self) -> None:
        """Prove the totals, and note that the table's newest change is counted."""
        reconcile_board(self.board, self._dynamodb, self._redis)
        note_chain(self._redis, self.board)
        audit = verify_board(self.board, self._dynamodb, self._redis, lag_seconds=0)
        assert audit.is_exact


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def write_board(folder: Path, lines: str, key: str, measure: str) -> Board:
    name = f"real-{secrets.token_hex(4)}"
    path = folder / f"{name}.toml"
    path.write_text(_HEAD.format(table=name, key=key) + measure + _TIMELINE + lines, "utf-8")
    return load_board(path)


def is_live(url: str, board: Board) -> bool:
    return bool(read(url, board)["status"]["live"])


def read(url: str, board: Board) -> dict[str, Any]:
    try:
        with urllib.request.urlopen(f"{url}/api/boards/{board.name}", timeout=5) as reply:
            text = reply.read()
    except urllib.error.HTTPError as error:  # while there is nothing to show yet
        text = error.read()
    found: dict[str, Any] = json.loads(text)
    return found


@pytest.fixture
def tables(folder: Path, dynamodb: Any, redis: Redis) -> dict[str, Table]:
    tables = {}
    for name, case in CASES.items():
        board = write_board(folder, case.lines, case.key, case.measure)
        tables[name] = Table(board, dynamodb, redis)
        for item in case.items:
            tables[name].put(item)
        tables[name].deliver()
        tables[name].prove()
    return tables


def test_items_of_real_tables_count_as_their_boards_say(
    tables: dict[str, Table], folder: Path, redis_url: str
) -> None:
    with serve(redis_url, folder) as web:
        for name, case in CASES.items():
            board = tables[name].board
            wait_for(partial(is_live, web.url, board))
            found = read(web.url, board)
            groups = tuple(sorted(found["totals"].keys() - {"ALL"}))
            got = (found["totals"]["ALL"], found["rejected"], groups)
            wanted = {"count": case.donations, "amount": case.amount}
            assert got == (wanted, case.rejected, case.groups), name


def test_steps_that_a_test_donation_reached_are_not_reached_any_more(
    folder: Path, dynamodb: Any, redis: Redis, redis_url: str
) -> None:
    goal = '[goal]\nmeasure = "amount"\ntarget = 2_500_000\nmilestones = [500_000, 1_000_000]\n'
    table = Table(write_board(folder, goal, '"donationId"', _AMOUNT), dynamodb, redis)
    table.put(gift("typo", 2_600_000))
    table.deliver()
    table.prove()
    with serve(redis_url, folder) as web:
        wait_for(lambda: len(read(web.url, table.board).get("goal", {}).get("reached", ())) == 3)
        table.delete("typo")
        table.put(gift("real", 20))
        table.deliver()
        wait_for(lambda: read(web.url, table.board)["totals"]["ALL"]["amount"] == 2000)
        assert read(web.url, table.board)["goal"]["reached"] == {}
        table.prove()
        assert read(web.url, table.board)["goal"]["reached"] == {}
