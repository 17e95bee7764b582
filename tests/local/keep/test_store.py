"""The event's file: kept items survive; a damaged file is reported and left alone."""

import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from donations.image_json import decode_image, encode_image
from local.keep.store import Kept, Store, StoreError, open_store
from tests.conftest import ROOT


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(tmp_path / "event.sqlite", create=True)
    yield store
    store.close()


def image(amount: str) -> dict[str, Any]:
    return {"donationId": {"S": "d-1"}, "amount": {"N": amount}}


def test_an_image_of_every_type_comes_back_as_it_was() -> None:
    whole: dict[str, Any] = {
        "s": {"S": "Zoë"},
        "n": {"N": "12345678901234567890123456789012345678"},
        "b": {"B": b"\x00\xff"},
        "flags": {"L": [{"BOOL": True}, {"NULL": True}, {"B": b"x"}]},
        "map": {"M": {"in": {"BS": [b"a", b"b"]}, "set": {"NS": ["1", "2"]}}},
    }
    assert decode_image(encode_image(whole)) == whole


def test_items_are_kept_changed_and_removed(store: Store) -> None:
    store.keep([Kept("gifts", "d-1", image("5")), Kept("gifts", "d-2", image("7"))])
    store.keep([Kept("gifts", "d-1", image("6")), Kept("gifts", "d-2", None)])
    assert list(store.read_items("gifts")) == [image("6")]
    assert store.count_items("gifts") == 1
    assert store.count_items("others") == 0


def test_what_is_pending_wins_over_the_stream_until_the_stream_has_brought_it(store: Store) -> None:
    store.keep_now([Kept("gifts", "d-1", image("8"))])
    # The stream has only delivered an older change of the same item so far.
    store.keep([Kept("gifts", "d-1", image("5"))])
    store.settle()
    assert list(store.read_items("gifts")) == [image("8")]
    assert not store.has_pending()


def test_what_is_pending_goes_once_a_later_read_left_nothing(store: Store) -> None:
    began_before_ns = time.time_ns()
    store.keep_now([Kept("gifts", "d-1", image("8"))])
    store.keep([], drained_ns=began_before_ns)
    assert store.has_pending()
    store.keep([Kept("gifts", "d-1", image("9"))], drained_ns=time.time_ns() + 1)
    assert not store.has_pending()
    store.settle()
    assert list(store.read_items("gifts")) == [image("9")]


def test_a_removal_is_kept_as_well(store: Store) -> None:
    store.keep([Kept("gifts", "d-1", image("5"))])
    store.keep_now([Kept("gifts", "d-1", None)])
    store.settle()
    assert list(store.read_items("gifts")) == []


def test_what_was_kept_survives_a_process_that_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "event.sqlite"
    program = """
import sys
from pathlib import Path
from local.keep.store import Kept, open_store
store = open_store(Path(sys.argv[1]), create=True)
for number in range(100_000):
    store.keep_now([Kept("gifts", f"d-{number}", {"amount": {"N": "1"}})])
    print(number, flush=True)
"""
    with subprocess.Popen(
        [sys.executable, "-c", program, str(path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if int(line) == 50:
                process.send_signal(signal.SIGKILL)
                break
        told = max([50, *(int(line) for line in process.stdout if line.endswith("\n"))])
    store = open_store(path)
    store.settle()
    # At most one more: kept, but killed before it was printed.
    assert store.count_items("gifts") in (told + 1, told + 2)
    store.close()


def test_a_file_of_somebody_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "photos.sqlite"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE photos (name TEXT)")
    other.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="not an event's file"):
        open_store(path, create=True)
    assert path.read_bytes() == before


def test_a_damaged_file_is_said_and_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "event.sqlite"
    path.write_bytes(b"these were donations once" * 100)
    before = path.read_bytes()
    with pytest.raises(StoreError, match="damaged or not an event's file"):
        open_store(path, create=True)
    assert path.read_bytes() == before


def test_a_file_of_another_version_is_refused(store: Store) -> None:
    with sqlite3.connect(store.path) as other:
        other.execute("PRAGMA user_version = 99")
    other.close()
    with pytest.raises(StoreError, match="another version of Tallyboard"):
        open_store(store.path)


def test_a_file_that_is_not_there_is_made_only_when_asked(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="does not exist"):
        open_store(tmp_path / "event.sqlite")
    assert not (tmp_path / "event.sqlite").exists()


def test_a_full_disk_is_said_and_nothing_is_half_kept(store: Store) -> None:
    store.keep([Kept("gifts", "d-1", image("5"))])
    pages = store._connection.execute("PRAGMA page_count").fetchone()[0]
    store._connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreError, match="the disk is full"):
        store.keep_now([Kept("gifts", f"d-{n}", {"note": {"S": "x" * 1000}}) for n in range(1000)])
    store._connection.execute("PRAGMA max_page_count = 1000000")
    assert not store.has_pending()
    assert list(store.read_items("gifts")) == [image("5")]


def test_a_file_that_cannot_be_created_is_reported(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    with pytest.raises(StoreError, match="check the folder's permissions"):
        open_store(tmp_path / "data" / "event.sqlite", create=True)


def test_a_backup_is_a_whole_copy_also_while_others_write(store: Store, tmp_path: Path) -> None:
    store.keep([Kept("gifts", "d-1", image("5"))])
    store.write_fact("made", "today")
    other = open_store(store.path)
    other.keep_now([Kept("gifts", "d-2", image("6"))])
    store.back_up(tmp_path / "copy.sqlite")
    other.keep_now([Kept("gifts", "d-3", image("7"))])
    other.close()
    copy = open_store(tmp_path / "copy.sqlite")
    copy.settle()
    assert copy.count_items("gifts") == 2
    assert copy.read_fact("made") == "today"
    copy.close()


def test_a_backup_never_overwrites_a_file(store: Store, tmp_path: Path) -> None:
    (tmp_path / "copy.sqlite").write_text("mine")
    with pytest.raises(StoreError, match="already exists"):
        store.back_up(tmp_path / "copy.sqlite")
    assert (tmp_path / "copy.sqlite").read_text() == "mine"


def test_a_table_is_replaced_as_a_whole(store: Store) -> None:
    store.keep([Kept("gifts", "d-1", image("5")), Kept("stock", "s-1", image("1"))])
    store.replace("gifts", [("d-9", image("9"))])
    assert list(store.read_items("gifts")) == [image("9")]
    assert store.count_items("stock") == 1
