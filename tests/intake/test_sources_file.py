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
        "[sources.other]\n" + SOURCE.replace('"Web"', '"ALL"'),
        "[sources.other]\n" + SOURCE.replace('"Web"', f'"{"x" * 201}"'),
        "other = 7",
    ],
)
def test_one_wrong_source_leaves_the_others_open(tmp_path: Path, wrong: str) -> None:
    path = tmp_path / "intake.toml"
    path.write_text(f"{wrong}\n[sources.web]\n{SOURCE}", "utf-8")
    sources, errors = read_sources(path, {BOARD.name: BOARD}, ENVIRONMENT)
    assert list(sources) == ["web"]
    assert len(errors) == 1
    assert "ther" in str(errors[0])


@pytest.mark.parametrize("secret", ["whsec_c2VjcmV0IG9mIG91cnM=", "c0ffee11", "rk_live_51Habc"])
def test_a_secret_that_stands_in_the_file_is_not_repeated(tmp_path: Path, secret: str) -> None:
    path = tmp_path / "intake.toml"
    path.write_text("[sources.web]\n" + SOURCE.replace("API", secret), "utf-8")
    _, [error] = read_sources(path, {BOARD.name: BOARD}, ENVIRONMENT)
    assert "Is it the secret itself?" in str(error)
    assert secret not in str(error)


def test_a_table_of_another_name_is_named(tmp_path: Path) -> None:
    path = tmp_path / "intake.toml"
    path.write_text(f"[source.web]\n{SOURCE}", "utf-8")
    sources, [error] = read_sources(path, {BOARD.name: BOARD}, ENVIRONMENT)
    assert sources == {}
    assert "source: is not a field of a file of sources" in str(error)
    assert "did you mean 'sources'?" in str(error)
