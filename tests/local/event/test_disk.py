"""An evening on a disk that is full, fails or cannot be written."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from local.keep.keep_now import KeepNow
from local.keep.store import StoreError, open_store
from tests.local.evening import Evening, gift, small_disk, total
from tests.local.failing_disk import failing_disk
from tests.local.helper import Helper

needs_root = pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="only root can make a disk"
)


@pytest.fixture
def evening(tmp_path: Path) -> Iterator[Evening]:
    evening = Evening(tmp_path)
    yield evening
    evening.close()


@needs_root
def test_with_a_full_disk_nothing_is_acknowledged_and_the_person_is_told(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 4) as disk:
        evening = Evening(tmp_path, disk / "data")
        try:
            evening.start()
            keep, dynamodb = KeepNow(evening.folder.store), evening.dynamodb()
            acknowledged = set(_fill_disk(keep, dynamodb, disk / "filler"))
            evening.wait_until(lambda: "NOT KEPT" in evening.output)
            assert "the disk is full" in evening.output
            (disk / "filler").unlink()
            evening.wait_until(lambda: "Everything is kept again" in evening.output)
            keep([("donations", "later", gift("later"))])
            dynamodb.put_item(TableName="donations", Item=gift("later"))
            evening.kill_everything()
            keep.close()
            evening.start()
            found = {item["donationId"]["S"] for item in evening.items()}
            assert acknowledged | {"later"} <= found
        finally:
            evening.close()


def _fill_disk(keep: KeepNow, dynamodb: Any, filler: Path) -> Iterator[str]:
    """Fill a disk and write until the keeper refuses; yield what was acknowledged."""
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))
    for number in range(100_000):
        key = f"d-{number}"
        item = gift(key) | {"note": {"S": "x" * 2000}}
        dynamodb.put_item(TableName="donations", Item=item)
        try:
            keep([("donations", key, item)])
        except StoreError as error:
            refused = str(error)
            break
        yield key
    assert "the disk is full" in refused


@needs_root
def test_a_helper_is_told_that_a_gift_is_not_kept(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 4) as disk:
        evening = Evening(tmp_path, disk / "data")
        try:
            evening.start()
            helper = Helper(evening)
            with KeepNow(evening.folder.store) as keep:
                list(_fill_disk(keep, evening.dynamodb(), disk / "filler"))
            refused = helper.enter("20")
            assert refused.status_code == 503
            assert "the disk is full" in refused.text
        finally:
            evening.close()


@needs_root
def test_a_folder_that_cannot_be_written_is_said_at_the_start(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 4) as disk:
        evening = Evening(tmp_path, disk / "data")
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        refused = evening.command("event")
        assert refused.returncode == 1
        assert str(disk / "data") in refused.stderr
        assert "Read-only file system" in refused.stderr


def test_an_unreadable_file_is_said_and_left_as_it_is(evening: Evening) -> None:
    evening.folder.make()
    evening.folder.store.write_bytes(b"these were donations once" * 400)
    before = evening.folder.store.read_bytes()
    refused = evening.command("event")
    assert refused.returncode == 1
    assert "is left as it is; restore a backup" in " ".join(refused.stderr.split())
    assert evening.folder.store.read_bytes() == before


@needs_root
def test_a_disk_that_becomes_read_only_is_said_and_the_screens_go_on(tmp_path: Path) -> None:
    with failing_disk(tmp_path / "disk", 16) as disk:
        evening = Evening(tmp_path, disk.folder / "data")
        try:
            evening.start()
            helper = Helper(evening)
            assert helper.enter("20").status_code == 303
            evening.wait_until(lambda: total(evening) == (1, 2000))
            disk.fail()
            evening.dynamodb().put_item(TableName="donations", Item=gift("d-1"))
            evening.wait_until(lambda: "NOT KEPT" in evening.output)
            assert "cannot be written" in evening.output
            refused = helper.enter("30")
            assert refused.status_code == 503
            assert "cannot be written" in refused.text
            evening.board_file.write_text(evening.board_file.read_text() + "# saved\n")
            evening.wait_until(lambda: "save it again when it can" in evening.output)
            # What is refused was counted all the same: sent again, it is the same gift.
            evening.wait_until(lambda: total(evening)[0] >= 2)
            evening.kill_everything()
            disk.mend()
            evening.start()
            assert "crew-" in str(evening.items())
            assert total(evening)[0] >= 1
        finally:
            evening.close()


@needs_root
def test_a_backup_that_cannot_be_written_is_said_of_the_copy_and_not_of_the_event(
    evening: Evening, tmp_path: Path
) -> None:
    evening.folder.make()
    open_store(evening.folder.store, create=True).close()
    nowhere = evening.command("backup", str(tmp_path / "no" / "copy.sqlite"))
    assert "copy.sqlite: the backup cannot be written: No such file" in nowhere.stderr
    with small_disk(tmp_path / "stick", 1) as stick:
        (stick / "filler").write_bytes(bytes(1_000_000))
        full = evening.command("backup", str(stick / "copy.sqlite"))
        assert "copy.sqlite: the backup cannot be written: the disk is full" in full.stderr
        assert [path.name for path in stick.iterdir()] == ["filler"]
