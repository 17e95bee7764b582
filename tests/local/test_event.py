"""A real evening on one machine: what was acknowledged is there again, whatever happened."""

import json
import random
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Self
from urllib.request import urlopen

import httpx
import pytest

from local.keep.keep_now import KeepNow
from local.keep.store import open_store
from tests.local.evening import Evening, gift, total
from tests.local.helper import Helper
from tests.local.writers import Writers


@pytest.fixture
def evening(tmp_path: Path) -> Iterator[Evening]:
    evening = Evening(tmp_path)
    yield evening
    evening.close()


@pytest.mark.timeout(300)
def test_what_was_acknowledged_is_there_once_after_a_kill_of_everything(evening: Evening) -> None:
    evening.start()
    acknowledged: set[str] = set()
    for turn in range(2):
        writers = Writers(evening, f"turn{turn}")
        evening.wait_until(lambda: len(writers.told) > 200)  # noqa: B023
        time.sleep(random.uniform(1.0, 1.5))
        killed = time.monotonic()
        told, kept = dict(writers.told), set(writers.kept)
        evening.kill_everything()
        writers.close()
        acknowledged |= kept | {key for key, at in told.items() if at < killed - 1.0}
        evening.start()
        items = evening.items()
        assert acknowledged <= {item["donationId"]["S"] for item in items}
        assert total(evening) == (len(items), 500 * len(items))
    assert evening.stop() == 0


def test_an_orderly_end_keeps_what_was_written_just_before(evening: Evening) -> None:
    evening.start()
    dynamodb = evening.dynamodb()
    for number in range(300):
        dynamodb.put_item(TableName="donations", Item=gift(f"d-{number}"))
    dynamodb.delete_item(TableName="donations", Key={"donationId": {"S": "d-7"}})
    assert evening.stop() == 0
    evening.start()
    assert total(evening) == (299, 299 * 500)


def test_a_second_start_on_the_same_folder_is_refused(evening: Evening) -> None:
    evening.start(is_live=False)
    second = evening.command("event")
    assert second.returncode == 1
    assert "it already runs" in second.stderr
    evening.wait_until(lambda: evening.snapshot()["status"]["state"] == "live")


def test_the_help_page_is_told_the_address_for_others_and_has_its_code(evening: Evening) -> None:
    evening.public_url = "https://live.example.org"
    evening.start(is_live=False)
    with urlopen(f"http://127.0.0.1:{evening.port}/api/boards") as reply:
        assert json.load(reply)["address"] == "https://live.example.org/"
    with urlopen(f"http://127.0.0.1:{evening.port}/address.svg") as reply:
        assert reply.headers["content-type"] == "image/svg+xml"
        assert b"<svg" in reply.read()


def test_a_changed_title_is_on_the_screens_at_once_and_a_mistake_changes_nothing(
    evening: Evening,
) -> None:
    evening.start()
    evening.dynamodb().put_item(TableName="donations", Item=gift("d-1"))
    text = evening.board_file.read_text()
    changed = text.replace('title = "Live fundraiser"', 'title = "Gala"').replace(
        "500_000, 1_000_000", "2, 1_000_000"
    )
    assert changed != text
    evening.board_file.write_text(changed)
    evening.wait_until(lambda: evening.snapshot().get("title") == "Gala", 2.0)
    assert evening.snapshot()["status"]["state"] == "live"
    evening.wait_until(lambda: "200" in evening.snapshot()["goal"]["reached"])

    evening.board_file.write_text(changed + "\nmissing = ")
    evening.wait_until(lambda: "stays as it was until this is corrected" in evening.output)
    assert "is not TOML" in evening.folder.board_problem.read_text()
    assert "is not TOML" in Helper(evening).pages.get("/crew/state").text
    assert evening.snapshot()["title"] == "Gala"
    evening.board_file.write_text(changed)
    evening.wait_until(lambda: not evening.folder.board_problem.exists())

    evening.board_file.write_text(changed.replace('"donations"', '"others"'))
    evening.wait_until(lambda: "cannot change while it runs" in evening.output)
    assert total(evening) == (1, 500)


def test_a_milestone_keeps_its_time_through_a_kill_and_is_not_celebrated_again(
    evening: Evening,
) -> None:
    text = evening.board_file.read_text()
    evening.board_file.write_text(text.replace("[500_000, 1_000_000,", "[5, 1_000_000,"))
    evening.start()
    evening.dynamodb().put_item(TableName="donations", Item=gift("d-1"))
    evening.wait_until(lambda: "500" in evening.snapshot()["goal"]["reached"])
    reached = evening.snapshot()["goal"]["reached"]
    store = open_store(evening.folder.store)
    evening.wait_until(lambda: "500" in (store.read_fact("milestones of gala") or ""))
    store.close()
    evening.kill_everything()
    with _Screen(evening) as screen:
        evening.start()
        assert evening.snapshot()["goal"]["reached"] == reached
        # Behind all that was told until now.
        evening.dynamodb().put_item(TableName="donations", Item=gift("d-2"))
        evening.wait_until(lambda: any('"count":2' in line for line in screen.lines))
    assert not [line for line in screen.lines if line.startswith('data: {"reached"')]
    assert not [
        line for line in screen.lines if ',"reached":{"500"' in line and '"goal"' not in line
    ]


class _Screen:
    """A screen that connects as soon as it can, and notes what it is told."""

    def __init__(self, evening: Evening) -> None:
        self.lines: list[str] = []
        self._address = f"http://127.0.0.1:{evening.port}/events?board=gala"
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._listen)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _listen(self) -> None:
        while not self._ended.is_set():
            with (
                suppress(httpx.HTTPError),
                httpx.stream("GET", self._address, timeout=2.0) as stream,
            ):
                for line in stream.iter_lines():
                    self.lines.append(line)
                    if self._ended.is_set():
                        break


def test_another_way_to_count_is_counted_anew_and_shown_once_it_is_proven(
    evening: Evening,
) -> None:
    evening.start()
    dynamodb = evening.dynamodb()
    for number in range(20):
        dynamodb.put_item(TableName="donations", Item=gift(f"d-{number}"))
    evening.wait_until(lambda: total(evening)[0] == 20)
    text = evening.board_file.read_text()
    evening.board_file.write_text(text.replace('group_by = "platform"', 'group_by = "donatedAt"'))
    evening.wait_until(lambda: "2026-11-28T19:00:00Z" in evening.snapshot()["totals"])
    evening.wait_until(lambda: evening.snapshot()["status"]["state"] == "live")
    assert total(evening) == (20, 20 * 500)
    dynamodb.put_item(TableName="donations", Item=gift("d-20"))
    evening.wait_until(lambda: total(evening)[0] == 21)


def test_what_a_helper_was_told_is_there_after_a_kill_right_then(evening: Evening) -> None:
    evening.start()
    helper = Helper(evening)
    told = [helper.enter(amount).status_code for amount in ("20", "30.50")]
    evening.kill_everything()
    assert told == [303, 303]
    evening.start()
    assert total(evening) == (2, 5050)
    evening.wait_until(lambda: helper.pages.get("/crew/find").status_code == 200)
    # The session is still valid, and the journal continues.
    assert "30.50" in helper.pages.get("/crew/find").text
    journal = evening.dynamodb().scan(TableName="donations-journal")["Items"]
    assert [entry["who"]["S"] for entry in journal] == ["Ann", "Ann"]


def test_a_backup_of_a_running_event_is_restored_by_one_command(
    evening: Evening, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.sqlite"
    evening.start()
    dynamodb = evening.dynamodb()
    dynamodb.put_item(TableName="donations", Item=gift("d-1"))
    with KeepNow(evening.folder.store) as keep:
        keep([("donations", "d-1", gift("d-1"))])
    made = evening.command("backup", str(copy))
    assert made.returncode == 0, made.stderr
    dynamodb.put_item(TableName="donations", Item=gift("d-2"))
    refused = evening.command("restore", FILE=str(copy))
    assert "it already runs" in refused.stderr
    evening.stop()

    damaged = tmp_path / "damaged.sqlite"
    damaged.write_bytes(copy.read_bytes()[:6000])
    refused = evening.command("restore", FILE=str(damaged))
    assert "is damaged" in refused.stderr
    restored = evening.command("restore", FILE=str(copy))
    assert restored.returncode == 0, restored.stderr
    assert len(list(evening.folder.path.glob("event-before-*.sqlite"))) == 1
    evening.start()
    assert total(evening) == (1, 500)


def test_the_crew_finds_what_was_kept_and_what_was_written_just_before_a_change_of_the_board(
    evening: Evening,
) -> None:
    evening.start()
    dynamodb = evening.dynamodb()
    helper = Helper(evening)
    assert helper.enter("31").status_code == 303
    text = evening.board_file.read_text()
    evening.board_file.write_text(text.replace("Live fundraiser", "Gala"))
    keys = [f"d-{number}" for number in range(150)]
    for key in keys:
        dynamodb.put_item(TableName="donations", Item=gift(key, "7.00"))
    dynamodb.delete_item(TableName="donations", Key={"donationId": {"S": "d-3"}})
    evening.wait_until(lambda: "Gala" in helper.pages.get("/crew/find").text)
    evening.wait_until(lambda: "of 150;" in helper.pages.get("/crew/find").text)
    evening.kill_everything()
    evening.start()
    evening.wait_until(lambda: helper.pages.get("/crew/find").status_code == 200)
    assert "of 150;" in helper.pages.get("/crew/find").text
    assert "31.00" in helper.pages.get("/crew/find?q=31.00").text
    assert helper.enter("32").status_code == 303
    assert "of 151;" in helper.pages.get("/crew/find").text
