"""The index in memory finds what others wrote, and keeps what was just written here."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from aggregates.board import Board
from crew.gifts import Gifts
from crew.index import Index
from tests.stream_events import donation


class Table:
    """A table whose pages a test releases one by one."""

    def __init__(self) -> None:
        self.items: list[dict[str, Any]] = []
        self.scans = 0
        self.error: Exception | None = None
        self.gate = threading.Event()
        self.gate.set()
        self.is_read = threading.Event()

    def __call__(self, _: str) -> Iterator[dict[str, Any]]:
        self.scans += 1
        items = list(self.items)
        self.is_read.set()
        assert self.gate.wait(10)
        if self.error is not None:
            raise self.error
        yield from items


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def table() -> Table:
    return Table()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def index(table: Table, clock: Clock, make_board: Callable[..., Board]) -> Index:
    return Index(table, Gifts(make_board()), 5.0, clock)


def keys(index: Index) -> list[str]:
    return sorted(row.key for row in index.rows())


def test_what_others_wrote_is_found_after_a_few_seconds(
    table: Table, clock: Clock, index: Index
) -> None:
    table.items = [donation("d-1")]
    assert keys(index) == ["d-1"]
    table.items = [donation("d-2")]
    assert keys(index) == ["d-1"]
    clock.now += 5
    assert keys(index) == ["d-2"]
    assert table.scans == 2


def test_what_is_written_while_the_table_is_read_is_not_lost(
    table: Table, clock: Clock, index: Index
) -> None:
    table.items = [donation("d-1"), donation("d-2", amount=7)]
    keys(index)
    clock.now += 5
    table.gate.clear()
    table.is_read.clear()
    reading = threading.Thread(target=index.read_now)
    reading.start()
    assert table.is_read.wait(10)
    index.note("d-1", None)
    index.note("d-2", donation("d-2", amount=8))
    index.note("d-3", donation("d-3", amount=9))
    table.gate.set()
    reading.join()
    assert keys(index) == ["d-2", "d-3"]
    assert index.find_largest() == 900


def test_a_slow_table_does_not_hold_pages_up(table: Table, clock: Clock, index: Index) -> None:
    table.items = [donation("d-1")]
    keys(index)
    clock.now += 5
    table.gate.clear()
    assert keys(index) == ["d-1"]
    table.gate.set()


def test_a_large_table_is_read_seldom(table: Table, clock: Clock, index: Index) -> None:
    keys(index)

    class Slow(Table):
        def __call__(self, name: str) -> Iterator[dict[str, Any]]:
            clock.now += 3
            yield from super().__call__(name)

    index._read_items = slow = Slow()
    clock.now += 5
    keys(index)
    clock.now += 59
    keys(index)
    assert slow.scans == 1
    clock.now += 2
    keys(index)
    assert slow.scans == 2


def test_a_table_that_cannot_be_read_is_said_at_first_and_tried_again(
    table: Table, index: Index
) -> None:
    table.error = RuntimeError("no table")
    with pytest.raises(RuntimeError):
        index.rows()
    table.error = None
    table.items = [donation("d-1")]
    assert keys(index) == ["d-1"]


def test_figures_move_with_each_gift(index: Index) -> None:
    index.rows()
    for number, (group, amount) in enumerate([("Web", 20), ("Web", 20), ("Phone", 50)]):
        index.note(f"d-{number}", donation(f"d-{number}", group, amount))
    assert index.list_groups(1) == ["Web"]
    assert index.list_amounts(6) == [2000]
    assert index.find_largest() == 5000
    index.note("d-2", donation("d-2", "Phone", 30))
    index.note("d-1", None)
    assert (index.find_largest(), index.list_amounts(6)) == (3000, [])
    index.note("d-2", donation("d-2") | {"amount": {"S": "ten"}})
    assert index.find_largest() == 2000
    assert index.count_groups() == {"Web": 1}


def test_an_item_without_the_boards_key_is_skipped(table: Table, index: Index) -> None:
    table.items = [{"other": {"S": "x"}}, donation("d-1")]
    assert keys(index) == ["d-1"]
