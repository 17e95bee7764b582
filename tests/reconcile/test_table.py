import json
import threading
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from aggregates.board_file import load_board
from reconcile.capacity import ReadCapacity
from reconcile.errors import DataLostError
from reconcile.table import END, PAGE_ITEMS, TablePage, count_items, read_segment
from tests.conftest import ROOT
from tests.stream_events import donation

BOARD = load_board(Path(ROOT / "boards/fundraiser.toml"))
KEYS = [{"donationId": {"S": f"d-{number}"}} for number in range(3)]


class Table:
    """A DynamoDB client with one segment of three pages."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.steps: list[str] = []

    def scan(self, **arguments: Any) -> Any:
        self.calls.append(arguments)
        self.steps.append("scan")
        start = arguments.get("ExclusiveStartKey")
        at = 0 if start is None else KEYS.index(start) + 1
        page: dict[str, Any] = {
            "Items": [donation(f"d-{at}")],
            "ConsumedCapacity": {"CapacityUnits": 5},
        }
        return page | ({"LastEvaluatedKey": KEYS[at]} if at < 2 else {})

    def read_version(self) -> int:
        self.steps.append("version")
        return len(self.steps)

    def read(self, cursor: str = "", **of: Any) -> list[TablePage]:
        options: dict[str, Any] = {"capacity": ReadCapacity(0), "stop": threading.Event()} | of
        return list(
            read_segment(BOARD, self, (1, 4), cursor, read_version=self.read_version, **options)
        )


def test_a_segment_is_read_to_its_end_from_cursor_to_cursor() -> None:
    table = Table()
    pages = table.read()
    assert [page.items[0]["donationId"]["S"] for page in pages] == ["d-0", "d-1", "d-2"]
    cursors = ["", json.dumps(KEYS[0]), json.dumps(KEYS[1]), END]
    assert [(page.start, page.end) for page in pages] == list(pairwise(cursors))


def test_each_page_is_read_after_the_version_it_goes_by_and_strongly_consistent() -> None:
    table = Table()
    pages = table.read()
    assert table.steps == ["version", "scan"] * 3
    assert [page.version for page in pages] == [1, 3, 5]
    for call in table.calls:
        assert (call["Segment"], call["TotalSegments"]) == (1, 4)
        assert (call["ConsistentRead"], call["Limit"]) == (True, PAGE_ITEMS)
        assert call["TableName"] == BOARD.table


def test_a_segment_is_gone_on_with_behind_its_cursor() -> None:
    table = Table()
    [page] = table.read(json.dumps(KEYS[1]))
    assert (page.items[0]["donationId"]["S"], page.end) == ("d-2", END)
    assert table.calls[0]["ExclusiveStartKey"] == KEYS[1]


def test_a_large_read_is_handed_on_in_pages_that_can_each_be_resumed_behind() -> None:
    items = [donation(f"d-{number}") for number in range(2 * PAGE_ITEMS + 1)]

    class Large(Table):
        def scan(self, **arguments: Any) -> dict[str, Any]:
            self.calls.append(arguments)
            return {"Items": items}

    table = Large()
    pages = table.read(read_items=5_000)
    assert [len(page.items) for page in pages] == [PAGE_ITEMS, PAGE_ITEMS, 1]
    assert [item for page in pages for item in page.items] == items
    assert [page.version for page in pages] == [1, 1, 1]
    behind = [json.dumps({"donationId": page.items[-1]["donationId"]}) for page in pages[:2]]
    assert [(page.start, page.end) for page in pages] == list(pairwise(["", *behind, END]))
    assert [call["Limit"] for call in table.calls] == [5_000]


def test_a_segment_that_was_read_is_not_read_again() -> None:
    table = Table()
    assert table.read(END) == []
    assert table.steps == []


def test_reading_stops_when_another_segment_has_failed() -> None:
    table, stop = Table(), threading.Event()
    stop.set()
    with pytest.raises(DataLostError):
        table.read(stop=stop)
    assert len(table.calls) == 1


def test_reading_waits_for_its_share_of_the_capacity() -> None:
    waited: list[float] = []

    class Stop(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            assert timeout is not None
            waited.append(timeout)
            return False

    Table().read(capacity=ReadCapacity(10, lambda: 0.0), stop=Stop())
    assert waited == [0.5, 1.0, 1.5]


def test_items_are_counted_by_what_dynamodb_says_of_the_table() -> None:
    class Described:
        def describe_table(self, TableName: str) -> Any:  # noqa: N803
            assert TableName == BOARD.table
            return {"Table": {"ItemCount": 7}}

    assert count_items(BOARD, Described()) == 7
