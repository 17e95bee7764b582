import threading
from typing import Any

import pytest

from donations.batch_writer import ItemWriter
from donations.errors import DonationError
from donations.item import Item


class Table:
    """A client that accepts batches, but leaves the items in `refuse_once` unprocessed once."""

    def __init__(self, refuse_once: set[str] | None = None, *, refuse_all: bool = False) -> None:
        self.items: dict[str, Item] = {}
        self.refuse_once = refuse_once or set()
        self.refuse_all = refuse_all
        self._lock = threading.Lock()

    def batch_write_item(self, RequestItems: dict[str, Any]) -> dict[str, Any]:  # noqa: N803
        [(table, requests)] = RequestItems.items()
        left = []
        with self._lock:
            for request in requests:
                item = request["PutRequest"]["Item"]
                key = item["donationId"]["S"]
                if self.refuse_all or key in self.refuse_once:
                    self.refuse_once.discard(key)
                    left.append(request)
                else:
                    self.items[key] = item
        return {"UnprocessedItems": {table: left} if left else {}}


def items(start: int, count: int) -> list[Item]:
    return [{"donationId": {"S": f"d-{number}"}} for number in range(start, start + count)]


def test_every_item_is_written_once_also_what_the_table_left_at_first() -> None:
    table = Table({"d-3", "d-30"})
    writer = ItemWriter(table, "donations", threading.Event())
    writer.put(items(0, 25))
    writer.put(items(25, 10))
    writer.close()
    assert len(table.items) == 35
    assert writer.written == 35


def test_an_error_of_the_table_reaches_the_one_who_writes() -> None:
    class Broken:
        def batch_write_item(self, **_: Any) -> None:
            raise RuntimeError("no table")

    writer = ItemWriter(Broken(), "donations", threading.Event())
    writer.put(items(0, 1))
    with pytest.raises(RuntimeError, match="no table"):
        writer.close()


def test_a_table_that_accepts_nothing_is_given_up_with_advice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("donations.batch_writer._FIRST_BACKOFF_SECONDS", 0.0)
    writer = ItemWriter(Table(refuse_all=True), "donations", threading.Event())
    writer.put(items(0, 2))
    with pytest.raises(DonationError, match="did not accept 2 items after 10 attempts; replay"):
        writer.close()


def test_a_stop_leaves_the_rest_unwritten() -> None:
    stop = threading.Event()
    stop.set()
    table = Table()
    writer = ItemWriter(table, "donations", stop)
    writer.put(items(0, 5))
    writer.close()
    assert table.items == {}
