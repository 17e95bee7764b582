"""Changes are kept before they are acknowledged, also from many callers at once."""

import threading
from collections.abc import Iterable
from pathlib import Path

import pytest

from local.keep.keep_now import KeepNow
from local.keep.store import Kept, Store, StoreError, open_store
from tests.local.evening import gift


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "event.sqlite"
    open_store(path, create=True).close()
    return path


def test_those_who_come_while_another_is_written_share_the_next_write(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_now = Store.keep_now
    writes: list[int] = []
    may_write, is_writing = threading.Event(), threading.Event()

    def count(store: Store, changes: Iterable[Kept]) -> None:
        taken = list(changes)
        writes.append(len(taken))
        is_writing.set()
        assert may_write.wait(10)
        keep_now(store, taken)

    monkeypatch.setattr(Store, "keep_now", count)
    with KeepNow(path) as keep:

        def enter(key: str) -> None:
            keep([("gifts", key, gift(key))])

        threads = [threading.Thread(target=enter, args=(f"d-{n}",)) for n in range(9)]
        threads[0].start()
        assert is_writing.wait(10)
        for thread in threads[1:]:
            thread.start()
        while len(keep._waiting) < 8:
            pass
        may_write.set()
        for thread in threads:
            thread.join()
    assert writes == [1, 8]
    store = open_store(path)
    store.settle()
    assert store.count_items("gifts") == 9
    store.close()


def test_nobody_is_told_of_what_could_not_be_written(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise StoreError("the disk is full")

    with KeepNow(path) as keep:
        with monkeypatch.context() as patch:
            patch.setattr(Store, "keep_now", refuse)
            with pytest.raises(StoreError, match="the disk is full"):
                keep([("gifts", "d-1", gift("d-1"))])
        keep([("gifts", "d-1", gift("d-1"))])
