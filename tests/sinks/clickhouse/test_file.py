"""The file of a ClickHouse sink: what it says, and what each mistake is answered with."""

from pathlib import Path

import pytest

from aggregates.board_file import load_boards
from sinks.choosing import choose_record_sinks
from sinks.kinds.clickhouse import ClickHouse
from sinks.sink_file import load_sinks
from tests.conftest import ROOT

BOARDS = load_boards(str(ROOT / "boards"))
TEXT = 'kind = "clickhouse"\nboard = "fundraiser"\nurl = "https://ch.example.org"\n'


def load(folder: Path, **texts: str) -> tuple[dict[str, ClickHouse], list[str]]:
    for name, text in texts.items():
        (folder / f"{name}.toml").write_text(text, "utf-8")
    sinks, errors = load_sinks(folder, BOARDS)
    records = choose_record_sinks(sinks)
    return {n: s for n, s in records.items() if isinstance(s, ClickHouse)}, [*map(str, errors)]


def test_a_url_is_enough(tmp_path: Path) -> None:
    sinks, errors = load(tmp_path, columns=TEXT)
    assert errors == []
    sink = sinks["columns"]
    assert (sink.source.table, sink.source.key) == ("donations", ("donationId",))
    assert (sink.url, sink.database, sink.table) == (
        "https://ch.example.org:8443",
        "default",
        "donations",
    )
    assert (sink.user, sink.password) == ("default", "")


def test_all_settings_are_read(tmp_path: Path) -> None:
    text = TEXT.replace("https://ch.example.org", "http://[::1]:9123/") + (
        'database = "gala"\ntable = "gifts"\nuser = "tallyboard"\n'
        'password = "CLICKHOUSE_PASSWORD"\nhidden = ["email"]\n'
    )
    sinks, errors = load(tmp_path, columns=text)
    assert errors == []
    assert sinks["columns"].describe() == (
        "keeps the rows of the table donations in ClickHouse, as gala.gifts at http://[::1]:9123"
        " (without email)"
    )
    assert sinks["columns"].password == "CLICKHOUSE_PASSWORD"


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (TEXT.replace("https://", ""), "write http or https, the host and the port"),
        (TEXT.replace("https", "clickhouse"), "write http or https, the host and the port"),
        (TEXT.replace(".org", ".org/play"), "write http or https, the host and the port"),
        (TEXT.replace(".org", ".org:x"), "is no address"),
        (TEXT.replace("//", "//me:secret1@"), "has a user or a password in it"),
        (TEXT + 'password = "secret1"', "names no environment variable. Is it the password"),
        (TEXT + 'database = "a-b"', "database: is 'a-b'; write at most 100 letters"),
        (TEXT + 'table = "gifts_rows"', "sinks keep their rows in such tables"),
        (TEXT + 'hidden = ["amount"]', "has 'amount', which the board fundraiser needs"),
        (TEXT + 'host = "x"', "host: is not a field of a clickhouse"),
        (TEXT.replace("fundraiser", "other"), "there is no such board; there are: fundraiser"),
    ],
)
def test_a_mistake_is_told_and_no_password_with_it(tmp_path: Path, wrong: str, told: str) -> None:
    sinks, [error] = load(tmp_path, columns=wrong)
    assert sinks == {}
    assert told in error
    assert "secret1" not in error


def test_two_sinks_have_two_tables(tmp_path: Path) -> None:
    other = TEXT + 'table = "gifts"\n'
    sinks, [error] = load(tmp_path, a=TEXT, b=TEXT, c=other)
    assert [*sinks] == ["a", "c"]
    assert "table: is 'donations', into which the sink a writes" in error
