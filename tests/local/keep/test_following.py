"""If a stream drops records, the tables are read again and no pending change is lost."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.keep.following import Following
from local.keep.store import Kept, Store, open_store
from local.keep.tables import KeptTable
from reconcile.stream import RecordsTrimmed
from tests.local.evening import gift
from tests.local.keep.memory_stream import Stream


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(tmp_path / "event.sqlite", create=True)
    yield store
    store.close()


class Table:
    """A table in memory; an entry is acknowledged while the table is read."""

    def __init__(self, store: Store, items: list[Any]) -> None:
        self._store, self._items = store, items

    def get_paginator(self, _: str) -> "Table":
        return self

    def paginate(self, **_: object) -> Iterator[Any]:
        yield {"Items": self._items}
        self._store.keep_now([Kept("gifts", "meanwhile", gift("meanwhile"))])


def test_after_a_hole_the_table_is_read_again_and_what_is_pending_stays(store: Store) -> None:
    stream = Stream()
    # Failures are taken from the end: after the dropped records, the stream cannot be read.
    stream.failures = [ClientError({}, "GetRecords"), RecordsTrimmed()]
    store.keep([Kept("gifts", "gone", gift("gone")), Kept("gifts", "d-1", gift("d-1", "1"))])
    said: list[str] = []
    following = Following(
        store,
        Table(store, [gift("d-1", "2"), gift("d-2")]),
        [KeptTable("gifts", (("donationId", "S"),))],
        {"gifts": stream},
        said.append,
    )
    stop = threading.Event()
    stop.set()
    following.run(stop)
    assert "dropped records" in said[0]
    found = {item["donationId"]["S"]: item["amount"]["N"] for item in store.read_items("gifts")}
    assert found == {"d-1": "2", "d-2": "5.00"}
    # If the event is killed now, the entry acknowledged during the read is not lost.
    store.settle()
    assert store.count_items("gifts") == 3
