"""`make event` runs the sinks of the board's totals, and keeps them running."""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.local.evening import Evening
from tests.local.helper import Helper

PAGE = 'kind = "page"\nboard = "gala"\nfolder = "../site"\n'
TOTALS = 'kind = "totals"\nboard = "gala"\ntarget = "DonationAggregates"\nkey = "platform"\n'


@pytest.fixture
def evening(tmp_path: Path) -> Iterator[Evening]:
    evening = Evening(tmp_path)
    yield evening
    evening.close()


def write_sink(evening: Evening, name: str, text: str) -> None:
    folder = evening.board_file.parent / "sinks"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.toml").write_text(text, "utf-8")


def read_page(evening: Evening) -> Any:
    path = evening.board_file.parent / "site/board.json"
    if not path.exists():
        return {"status": {"live": False}, "title": "", "totals": {"ALL": {"count": -1}}}
    return json.loads(path.read_text("utf-8"))


def read_table(evening: Evening) -> dict[str, Any]:
    items = evening.dynamodb().scan(TableName="DonationAggregates")["Items"]
    return {item["platform"]["S"]: item for item in items}


@pytest.mark.timeout(300)
def test_a_gift_is_on_the_page_and_in_the_table_after_a_kill_and_a_change_too(
    evening: Evening,
) -> None:
    write_sink(evening, "page", PAGE)
    write_sink(evening, "totals", TOTALS)
    # A sink of a board that does not run here is no mistake.
    (evening.board_file.parent / "other.toml").write_text(
        evening.board_file.read_text("utf-8").replace('"donations"', '"others"')
    )
    write_sink(evening, "other", TOTALS.replace("gala", "other").replace("Donation", "Other"))
    evening.start()
    helper = Helper(evening)
    helper.enter("25")
    evening.wait_until(lambda: counts(evening) == (1, 1))
    table = read_table(evening)
    assert table["Phone"]["amount"] == {"N": "25"}
    assert (table["ALL"]["amount"], table["ALL"]["live"]) == ({"N": "25"}, {"BOOL": True})
    assert read_page(evening)["status"]["live"] is True
    assert (evening.board_file.parent / "site/index.html").exists()

    os.kill(find_sinks(evening), signal.SIGKILL)
    helper.enter("30")
    evening.wait_until(lambda: counts(evening) == (2, 2))
    assert "the sinks of the totals was ended by signal 9" in evening.output

    text = evening.board_file.read_text("utf-8")
    evening.board_file.write_text(text.replace('"Live fundraiser"', '"Another evening"'), "utf-8")
    evening.wait_until(lambda: bool(read_page(evening)["title"] == "Another evening"))


def test_a_mistake_in_a_sink_is_told_before_anything_runs(evening: Evening) -> None:
    write_sink(evening, "page", 'kind = "page"\nboard = "gala"\n')
    ended = evening.command("event")
    assert ended.returncode == 1
    assert "page.toml: folder: is missing, and so is bucket; write one of them" in ended.stderr


def counts(evening: Evening) -> tuple[int, int]:
    """Return how many donations the page and the table have."""
    try:
        total = read_table(evening)["ALL"]
    except (evening.dynamodb().exceptions.ResourceNotFoundException, KeyError):
        return -1, -1
    on_page: int = read_page(evening)["totals"]["ALL"]["count"]
    return on_page, int(total.get("count", {"N": "-1"})["N"])


def find_sinks(evening: Evening) -> int:
    """Return the number of the sinks' process of this event."""
    told = str(evening.folder.board_folder).encode()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().split(b"\0")
            if command[1:3] == [b"-m", b"sinks"] and told in (process / "environ").read_bytes():
                return int(process.name)
        except OSError:
            continue
    raise AssertionError("no sinks run")
