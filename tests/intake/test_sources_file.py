"""A file of sources with a mistake: the others work, and the mistake is returned, never raised."""

from pathlib import Path

import pytest

from aggregates.board_file import load_board
from intake.sources_file import read_sources
from tests.conftest import ROOT
from tests.intake.senders import SENDERS

BOARD = load_board(ROOT / "boards/fundraiser.toml")
SOURCE = f'provider = "api"\nboard = "{BOARD.name}"\nplatform = "Web"\nsecret = "API"\n'
ENVIRONMENT = {"API": SENDERS["api"].secret}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("sources = 7", "sources"),
        ('sources = "web"', "sources"),
        ("[[sources]]", "sources"),
        ("sources = false", "sources"),
        ("[sources]", "has no source"),
        ("sources = {}", "has no source"),
        ("", "has no source"),
        ("[sources.web", "is not TOML"),
        ("a = " + "[" * 5000, "is not TOML"),
    ],
)
def test_a_file_without_usable_sources_is_returned_as_an_error(
    tmp_path: Path, text: str, words: str
) -> None:
    path = tmp_path / "intake.toml"
    path.write_text(text, "utf-8")
    sources, errors = read_sources(path, {BOARD.name: BOARD}, ENVIRONMENT)
    assert sources == {}
    assert len(errors) == 1
    assert str(errors[0]).startswith(f"{path}: ")
    assert words in str(errors[0])


@pytest.mark.parametrize(
    "wrong",
    [
        "sources.other = 7",
        "[sources.Other]",
        '[sources.other]\nprovider = ["api"]',
        "[sources.other]\n" + SOURCE.replace('"API"', "7"),
        "[sources.other]\n" + SOURCE.replace('"API"', "[7]"),
        "[sources.other]\n" + SOURCE.replace('"Web"', "7"),
        "[sources.other]\n" + SOURCE + "tset = true",
    ],
)
def test_one_wrong_source_leaves_the_others_open(tmp_path: Path, wrong: str) -> None:
    path = tmp_path / "intake.toml"
    path.write_text(f"{wrong}\n[sources.web]\n{SOURCE}", "utf-8")
    sources, errors = read_sources(path, {BOARD.name: BOARD}, ENVIRONMENT)
    assert list(sources) == ["web"]
    assert len(errors) == 1
    assert "ther" in str(errors[0])
