"""A file of sources is checked before a deployment, without the sources' secrets."""

from pathlib import Path

import pytest

from aggregates.board_file import load_board
from infra.crew import CrewPlan, check_sources, plan_crew
from infra.errors import DeployError
from tests.conftest import ROOT

BOARD = load_board(ROOT / "boards/fundraiser.toml")
READY = {"Crew": "1", "CertificateArn": "arn:x", "DomainName": "live.example.org"}
CAMPAIGN = "a4fd5207-bd9f-4712-920a-85f8d92cf4e6"
HEAD = 'board = "fundraiser"\nplatform = "Website"\n'


def write(folder: Path, text: str) -> Path:
    path = folder / "intake.toml"
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize(
    ("provider", "fields", "variables"),
    [
        ("api", 'secret = ["NEW", "OLD"]', ("NEW", "OLD")),
        ("stripe", 'secret = "SECRET"\napi_key = "KEY"', ("KEY", "SECRET")),
        (
            "tiltify",
            f'secret = "SECRET"\nclient_id = "ID"\nclient_secret = "SHH"\ncampaign = "{CAMPAIGN}"',
            ("SECRET", "ID", "SHH"),
        ),
        (
            "twilio",
            f'secret = "TOKEN"\naccount = "AC{"a" * 32}"\nmode = "pledges"',
            ("TOKEN",),
        ),
        ("donordrive", 'url = "https://www.extra-life.org/api"\nevent = 1', ()),
    ],
)
def test_every_provider_can_be_checked_and_its_variables_are_named(
    tmp_path: Path, provider: str, fields: str, variables: tuple[str, ...]
) -> None:
    path = write(tmp_path, f'[sources.one]\nprovider = "{provider}"\n{HEAD}{fields}\n')
    assert check_sources(path, BOARD, "https://live.example.org") == variables


def test_what_is_wrong_is_named_for_every_source(tmp_path: Path) -> None:
    one = f'[sources.one]\nprovider = "strip"\n{HEAD}secret = "SECRET"\n'
    two = f'[sources.two]\nprovider = "stripe"\n{HEAD}'
    with pytest.raises(DeployError) as raised:
        check_sources(write(tmp_path, one + two), BOARD, "https://live.example.org")
    first, second = str(raised.value).splitlines()
    assert "sources.one.provider: is 'strip'" in first
    assert "sources.two.secret: is missing" in second


@pytest.mark.parametrize("text", ["", "[sources", "sources = 7", "[sources]\none = 7"])
def test_a_file_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(DeployError, match=r"intake\.toml"):
        check_sources(write(tmp_path, text), BOARD, "")


def test_the_plan_follows_the_stack_and_what_is_said_now(tmp_path: Path) -> None:
    path = write(tmp_path, f'[sources.one]\nprovider = "api"\n{HEAD}secret = "SECRET"\n')
    known = READY | {"IntakeFile": str(path)}
    assert plan_crew({}, {}, BOARD) is None
    assert plan_crew({}, READY, BOARD) == CrewPlan(None)
    assert plan_crew(known, {}, BOARD) == CrewPlan(path, ("SECRET",))
    assert plan_crew(known, {"IntakeFile": ""}, BOARD) == CrewPlan(None)
    assert plan_crew(known, {"Crew": "0"}, BOARD) is None
    path.unlink()
    with pytest.raises(DeployError, match="INTAKE=none"):
        plan_crew(known, {}, BOARD)
