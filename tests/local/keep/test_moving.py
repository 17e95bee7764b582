"""An event moves from a table in AWS into a folder and back, equal to the cent."""

import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aggregates.board import Board
from aggregates.board_file import load_board
from local.dynamodb import REGION
from local.errors import LocalError
from local.keep.moving import hand_over, take_over
from local.keep.store import Kept, Store, open_store
from local.keep.tables import JOURNAL_SUFFIX, KeptTable, create_kept_table
from tests.conftest import ROOT
from tests.local.evening import gift


@pytest.fixture
def board() -> Board:
    return load_board(ROOT / "boards/fundraiser.toml")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(tmp_path / "event.sqlite", create=True)
    yield store
    store.close()


@pytest.fixture
def name() -> str:
    return f"aws-{secrets.token_hex(4)}"


def make_table(dynamodb: Any, name: str, items: list[Any]) -> None:
    create_kept_table(dynamodb, KeptTable(name, (("donationId", "S"),)))
    for item in items:
        dynamodb.put_item(TableName=name, Item=item)


def keep_gifts(store: Store, *amounts: str) -> None:
    changes = [
        Kept("donations", f"d-{n}", gift(f"d-{n}", amount)) for n, amount in enumerate(amounts)
    ]
    entry = {"id": {"S": "d-0"}, "at": {"S": "2026"}, "what": {"S": "entered"}}
    store.keep([*changes, Kept(f"donations{JOURNAL_SUFFIX}", '["d-0", "2026"]', entry)])


def test_a_table_is_taken_over_with_its_journal(
    dynamodb: Any, store: Store, board: Board, name: str
) -> None:
    odd = {"donationId": {"S": "d-9"}, "photo": {"B": b"\x00\xff"}, "amount": {"S": "ten"}}
    make_table(dynamodb, name, [gift("d-1", "0.10"), gift("d-2", "0.20"), odd])
    journal = KeptTable(f"{name}{JOURNAL_SUFFIX}", (("id", "S"), ("at", "S")))
    create_kept_table(dynamodb, journal)
    dynamodb.put_item(
        TableName=journal.name, Item={"id": {"S": "d-1"}, "at": {"S": "2026"}, "who": {"S": "Ann"}}
    )
    moved = take_over(store, board, dynamodb, name, replaces=False)
    assert moved.source == moved.target
    assert moved.target.totals["ALL"] == {"count": 2, "amount": 30}
    assert (moved.target.rejected, moved.journal) == (1, 1)
    assert odd in list(store.read_items("donations"))


def test_a_folder_with_items_is_taken_over_only_on_request(
    dynamodb: Any, store: Store, board: Board, name: str
) -> None:
    keep_gifts(store, "5.00", "6.00")
    make_table(dynamodb, name, [gift("d-1", "0.10")])
    with pytest.raises(LocalError, match="already has 2 items of donations"):
        take_over(store, board, dynamodb, name, replaces=False)
    assert store.count_items("donations") == 2
    assert take_over(store, board, dynamodb, name, replaces=True).target.items == 1


def test_a_table_of_another_key_or_none_is_said(
    dynamodb: Any, store: Store, board: Board, name: str
) -> None:
    with pytest.raises(LocalError, match=f"there is no table {name}"):
        take_over(store, board, dynamodb, name, replaces=False)
    create_kept_table(dynamodb, KeptTable(name, (("pk", "S"),)))
    with pytest.raises(LocalError, match="has the key pk, but the board donationId"):
        take_over(store, board, dynamodb, name, replaces=False)


class Busy:
    """A DynamoDB client; a donation arrives between two reads of the table."""

    def __init__(self, dynamodb: Any, table: str) -> None:
        self._dynamodb, self._table, self._reads = dynamodb, table, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._dynamodb, name)

    def get_paginator(self, operation: str) -> Any:
        self._reads += 1
        item = gift(f"late-{self._reads}", "1.00")
        self._dynamodb.put_item(TableName=self._table, Item=item)
        return self._dynamodb.get_paginator(operation)


def test_a_table_that_changes_meanwhile_is_reported(
    dynamodb: Any, store: Store, board: Board, name: str
) -> None:
    make_table(dynamodb, name, [gift("d-1")])
    with pytest.raises(LocalError, match="changed while it was read"):
        take_over(store, board, Busy(dynamodb, name), name, replaces=False)


def test_a_folder_is_handed_over_into_a_table_that_is_made(
    dynamodb: Any, store: Store, board: Board, name: str
) -> None:
    keep_gifts(store, "0.10", "0.20", "1000000.07")
    moved = hand_over(store, board, dynamodb, name, merges=False)
    assert moved.target.totals["ALL"] == {"count": 3, "amount": 100_000_037}
    told = dynamodb.describe_table(TableName=name)["Table"]
    assert told["StreamSpecification"]["StreamViewType"] == "NEW_AND_OLD_IMAGES"
    assert dynamodb.scan(TableName=f"{name}{JOURNAL_SUFFIX}")["Count"] == 1


def test_a_table_with_items_is_handed_over_to_only_on_request(
    dynamodb: Any, store: Store, board: Board, name: str
) -> None:
    keep_gifts(store, "5.00", "6.00")
    make_table(dynamodb, name, [gift("d-1", "0.10"), gift("theirs", "7.00")])
    with pytest.raises(LocalError, match="already has items"):
        hand_over(store, board, dynamodb, name, merges=False)
    assert dynamodb.scan(TableName=name)["Count"] == 2
    moved = hand_over(store, board, dynamodb, name, merges=True)
    assert moved.target.totals["ALL"] == {"count": 2, "amount": 1100}
    assert moved.others == 1
    assert dynamodb.scan(TableName=name)["Count"] == 3


def test_both_commands_print_both_sides_to_the_cent(
    dynamodb: Any, name: str, tmp_path: Path
) -> None:
    make_table(dynamodb, name, [gift("d-1", "0.10"), gift("d-2", "1234.56")])

    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        credentials = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}
        where = {"AWS_ENDPOINT_URL_DYNAMODB": dynamodb.meta.endpoint_url}
        return subprocess.run(
            [
                *(sys.executable, "-m", "local.cli", *arguments, "boards/fundraiser.toml"),
                *("--data", str(tmp_path / "event"), "--region", REGION),
            ],
            cwd=ROOT,
            env=os.environ | credentials | where,
            capture_output=True,
            text=True,
            check=False,
        )

    taken = run("take-over", "--table", name)
    assert taken.returncode == 0, taken.stderr
    assert taken.stdout.count("1,234.66") == 4  # Phone and all, on both sides
    again = run("take-over", "--table", name)
    assert again.returncode == 1
    assert "already has 2 items of donations" in again.stderr
    handed = run("hand-over", "--table", f"{name}-back")
    assert handed.returncode == 0, handed.stderr
    assert handed.stdout.count("1,234.66") == 4
    assert dynamodb.scan(TableName=f"{name}-back")["Count"] == 2
