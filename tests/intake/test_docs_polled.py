"""The pages on text messages and DonorDrive say what is so: their examples are opened."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from aggregates.board import Board
from aggregates.board_file import load_board
from intake.fetching import MAX_RETRY_SECONDS
from intake.providers import list_providers
from intake.providers.donordrive.sweep import DonorDriveSweeper
from intake.providers.twilio.sweep import TwilioSweeper
from intake.sources_file import load_sources
from tests.conftest import ROOT
from tests.intake.vote_app import AGAIN, ARTICLE, LOST, MEANT

VOTES = (ROOT / "docs/intake-votes.md").read_text("utf-8")
DONORDRIVE = (ROOT / "docs/intake-donordrive.md").read_text("utf-8")
ENVIRONMENT = {"TWILIO_AUTH_TOKEN": "x", "PUBLIC_URL": "https://live.example.org"}


def list_examples(text: str) -> list[str]:
    found = re.findall(r"(?ms)^( *)```toml\n(.*?)```", text)
    return [re.sub(f"(?m)^{indent}", "", example) for indent, example in found]


SOURCES = [e for e in list_examples(VOTES + DONORDRIVE) if "[sources." in e]
BOARDS = [e for e in list_examples(VOTES + DONORDRIVE) if "[sources." not in e]


@pytest.fixture
def boards(tmp_path: Path) -> dict[str, Board]:
    found = {"gala": load_board(ROOT / "boards/fundraiser.toml")}
    for name, text in zip(("poll", "colours"), BOARDS, strict=True):
        (tmp_path / f"{name}.toml").write_text(text, "utf-8")
        found[name] = load_board(tmp_path / f"{name}.toml")
    return found


def test_there_are_examples() -> None:
    providers = [provider for text in SOURCES for provider in re.findall('provider = "(.*)"', text)]
    assert providers == ["twilio", "twilio", "twilio", "donordrive"]
    assert set(providers) <= set(list_providers())


@pytest.mark.parametrize("number", range(len(SOURCES)))
def test_an_example_can_be_used(boards: dict[str, Board], tmp_path: Path, number: int) -> None:
    path = tmp_path / "intake.toml"
    path.write_text(SOURCES[number], "utf-8")
    [opened] = load_sources(path, boards, ENVIRONMENT).values()
    assert opened.sweeper is not None


@pytest.mark.parametrize(
    ("text", "folder"), [(VOTES, "twilio"), (DONORDRIVE, "donordrive")], ids=["votes", "donordrive"]
)
def test_every_field_is_described(text: str, folder: str) -> None:
    code = "".join(p.read_text("utf-8") for p in (ROOT / "intake/providers" / folder).glob("*.py"))
    asked = r'fields\.(?:get|text|optional_text|take|boolean|table)\(\s*"(\w+)"'
    fields = set(re.findall(asked, code)) - {"api_url"}
    assert len(fields) > 2
    tables = " ".join(line for line in text.splitlines() if line.startswith("|"))
    examples: Any = [tomllib.loads(e)["sources"] for e in list_examples(text) if "[sources" in e]
    named = {name for one in examples for source in one.values() for name in source}
    assert fields - set(re.findall(r"`(\w+)`", tables)) - named == set()


def test_its_figures_are_those_of_the_code() -> None:
    assert f"it counted {sum(ARTICLE.values())}: {AGAIN} again, {LOST} never" in VOTES
    assert f"exactly {sum(MEANT.values())} here" in VOTES
    assert TwilioSweeper.every_seconds == 300
    assert DonorDriveSweeper.every_seconds == 20
    assert MAX_RETRY_SECONDS == 3600
