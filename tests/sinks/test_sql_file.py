"""The file of a SQL sink: what it says, and what each mistake is answered with."""

from pathlib import Path

import pytest

from aggregates.board_file import load_boards
from sinks.choosing import choose_record_sinks
from sinks.kinds.sql import Sql
from sinks.sink_file import load_sinks
from sinks.targets import make_targets
from tests.conftest import ROOT

BOARDS = load_boards(str(ROOT / "boards"))
SQL = 'kind = "sql"\nboard = "fundraiser"\n'


def write(folder: Path, name: str, text: str) -> None:
    (folder / f"{name}.toml").write_text(text, "utf-8")


def test_a_sql_sink_follows_the_table_of_its_board(tmp_path: Path) -> None:
    write(tmp_path, "explore", SQL + 'hidden = ["email"]')
    sinks, errors = load_sinks(tmp_path, BOARDS)
    assert errors == []
    sink = choose_record_sinks(sinks)["explore"]
    assert isinstance(sink, Sql)
    assert (sink.source.table, sink.source.key) == ("donations", ("donationId",))
    assert sink.describe() == "answers SQL over the table donations (without email)"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('kind = "sql"\nboard = "other"', "there is no such board; there are: fundraiser"),
        (SQL + 'hidden = "email"', "hidden"),
        (SQL + 'hidden = ["amount"]', "has 'amount', which the board fundraiser needs"),
        (SQL + 'hidden = ["donationId"]', "has 'donationId', which the board fundraiser needs"),
        (SQL + 'target = "x"', "target"),
    ],
)
def test_a_mistake_is_told(tmp_path: Path, text: str, told: str) -> None:
    write(tmp_path, "explore", text)
    sinks, [error] = load_sinks(tmp_path, BOARDS)
    assert sinks == {}
    assert told in str(error)


def test_a_board_has_one_sql_sink(tmp_path: Path) -> None:
    write(tmp_path, "a", SQL)
    write(tmp_path, "b", SQL)
    sinks, [error] = load_sinks(tmp_path, BOARDS)
    assert list(sinks) == ["a"]
    assert "whose rows the sink a keeps" in str(error)


def test_without_its_service_a_sql_sink_is_not_fed_and_the_log_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write(tmp_path, "explore", SQL)
    sinks, _ = load_sinks(tmp_path, BOARDS)
    assert make_targets(sinks.values(), None) == []
    assert "sink explore is not fed: set EXPLORE_FEED" in caplog.text
