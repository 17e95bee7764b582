"""Sinks' files: where they are, and what each mistake is answered with."""

import argparse
from pathlib import Path

import pytest

from aggregates.board_file import load_boards
from operate.commands import boards as boards_command
from sinks.sink_file import load_sinks, read_sinks
from tests.conftest import ROOT

BOARDS = load_boards(str(ROOT / "boards"))
TOTALS = 'kind = "totals"\nboard = "fundraiser"\ntarget = "DonationAggregates"\n'


def write(folder: Path, name: str, text: str) -> None:
    (folder / f"{name}.toml").write_text(text, "utf-8")


def test_no_folder_means_no_sinks(tmp_path: Path) -> None:
    assert load_sinks(tmp_path / "sinks", BOARDS) == ({}, [])
    assert read_sinks(f"{tmp_path}, {tmp_path}/gala.toml", BOARDS) == ({}, [])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = [", "is not TOML: "),
        ('board = "fundraiser"', "kind: is missing; write text in quotes"),
        ('kind = "total"', "kind: is 'total'; write one of totals, page"),
        (TOTALS + 'keys = "x"', "is not a field of a totals; did you mean 'key'?"),
    ],
)
def test_a_mistake_is_said_with_its_fix_and_spoils_no_other_sink(
    tmp_path: Path, text: str, said: str
) -> None:
    write(tmp_path, "good", TOTALS)
    write(tmp_path, "wrong", text)
    sinks, errors = load_sinks(tmp_path, BOARDS)
    assert list(sinks) == ["good"]
    [error] = errors
    assert str(error).startswith(f"{tmp_path}/wrong.toml: ")
    assert said in str(error)


def test_make_boards_checks_the_sinks_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    board = (ROOT / "boards/fundraiser.toml").read_text("utf-8")
    write(tmp_path, "fundraiser", board)
    (tmp_path / "sinks").mkdir()
    write(tmp_path / "sinks", "sums", TOTALS)
    write(tmp_path / "sinks", "two", TOTALS.replace("totals", "mirror"))
    monkeypatch.setenv("BOARDS", str(tmp_path))
    assert boards_command.run(argparse.Namespace()) == 1
    said = capsys.readouterr()
    assert "sums: keeps the totals of fundraiser in the table DonationAggregates" in said.out
    assert f"{tmp_path}/sinks/two.toml: kind: is 'mirror'; write one of" in said.err
