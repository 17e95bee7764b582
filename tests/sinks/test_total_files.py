"""Files of total sinks: what they say, and what each mistake is answered with."""

from pathlib import Path

import pytest

from aggregates.board_file import load_boards
from sinks.choosing import choose_total_sinks
from sinks.kinds.page import Page
from sinks.kinds.totals import Totals
from sinks.sink_file import load_sinks
from tests.conftest import ROOT

BOARDS = load_boards(str(ROOT / "boards"))
TOTALS = 'kind = "totals"\nboard = "fundraiser"\ntarget = "DonationAggregates"\n'
PAGE = 'kind = "page"\nboard = "fundraiser"\n'


def write(folder: Path, name: str, text: str) -> None:
    (folder / f"{name}.toml").write_text(text, "utf-8")


def test_totals_say_their_board_table_and_key(tmp_path: Path) -> None:
    write(tmp_path, "sums", TOTALS + 'key = "platform"')
    write(tmp_path, "usual", TOTALS.replace("DonationAggregates", "Sums"))
    sinks, errors = load_sinks(tmp_path, BOARDS)
    assert errors == []
    board = BOARDS["fundraiser"]
    assert sinks["sums"] == Totals("sums", board, "DonationAggregates", "platform")
    assert sinks["usual"] == Totals("usual", board, "Sums", "group")
    assert sinks["sums"].describe() == (
        "keeps the totals of fundraiser in the table DonationAggregates"
        " (key platform, one item a group, and ALL)"
    )


def test_a_page_has_a_folder_beside_its_file_or_a_bucket(tmp_path: Path) -> None:
    write(tmp_path, "here", PAGE + 'folder = "site"')
    write(tmp_path, "there", PAGE + 'bucket = "gala-page"\nprefix = "2026/gala/"')
    sinks, errors = load_sinks(tmp_path, BOARDS)
    assert errors == []
    board = BOARDS["fundraiser"]
    assert sinks["here"] == Page("here", board, tmp_path / "site", "")
    assert sinks["there"] == Page("there", board, None, "gala-page", "2026/gala/")
    assert "s3://gala-page/2026/gala/" in sinks["there"].describe()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (TOTALS.replace("fundraiser", "gala"), "board: is 'gala', and there is no such board"),
        (TOTALS.replace("DonationAggregates", "donations"), "which the board fundraiser counts"),
        (TOTALS + 'key = "amount"', "key: is 'amount'"),
        (TOTALS + 'key = "version"', "has an attribute 'version' of its own"),
        (TOTALS + "shown = 5", "shown"),
        (PAGE, "folder: is missing, and so is bucket; write one of them"),
        (PAGE + 'folder = "a"\nbucket = "b"', "folder: stands beside bucket; write one of them"),
        (PAGE + 'folder = "a"\nprefix = "b/"', "prefix: is"),
        (PAGE + 'bucket = "a"\nprefix = "/b"', 'with a bucket, write "gala/"'),
    ],
)
def test_a_mistake_is_told(tmp_path: Path, text: str, told: str) -> None:
    write(tmp_path, "wrong", text)
    sinks, errors = load_sinks(tmp_path, BOARDS)
    assert sinks == {}
    [error] = errors
    assert told in str(error)
    assert str(tmp_path / "wrong.toml") in str(error)


def test_only_total_sinks_of_the_boards_that_run_are_chosen(tmp_path: Path) -> None:
    text = (ROOT / "boards/fundraiser.toml").read_text("utf-8")
    (tmp_path / "fundraiser.toml").write_text(text, "utf-8")
    (tmp_path / "gala.toml").write_text(text.replace('"donations"', '"others"'), "utf-8")
    (tmp_path / "sinks").mkdir()
    write(tmp_path / "sinks", "ours", TOTALS)
    write(
        tmp_path / "sinks",
        "theirs",
        TOTALS.replace("fundraiser", "gala").replace("Donation", "Gala"),
    )
    write(tmp_path / "sinks", "copy", 'kind = "replica"\ntable = "donations"\ntarget = "copy"')
    found = choose_total_sinks(BOARDS, str(tmp_path / "fundraiser.toml"))
    assert [sink.name for sink in found] == ["ours"]
