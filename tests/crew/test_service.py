"""`python -m crew` serves only the pages, configured by environment variables."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aggregates.board import Board
from crew.tables import create_journal
from tests.conftest import ROOT
from tests.crew.process import GOOD, run_crew, start_crew


def test_it_serves_alone_and_makes_its_journal_on_a_local_dynamodb(
    dynamodb: Any, redis_url: str, make_board: Callable[..., Board], tmp_path: Path
) -> None:
    name = make_board().name
    text = (ROOT / "boards/fundraiser.toml").read_text("utf-8")
    (tmp_path / f"{name}.toml").write_text(text.replace('"donations"', f'"{name}"'), "utf-8")
    told = {"REDIS_URL": redis_url, "BOARDS": str(tmp_path)}
    told["DYNAMODB_URL"] = dynamodb.meta.endpoint_url
    with run_crew(tmp_path, GOOD | told) as crew:
        assert crew.client.get("/crew/").headers["location"] == "/crew/sign-in"
        page = crew.client.get("/crew/sign-in")
        assert "Live fundraiser" in page.text
        assert crew.client.get("/crew/static/crew.css").is_success
        assert crew.client.post("/in/phone").status_code == 404
    assert dynamodb.describe_table(TableName=f"{name}-journal")["Table"]


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"CREW_CODE": "abc"}, "CREW_CODE has 3 characters"),
        ({"CREW_SESSION_KEY": ""}, "CREW_SESSION_KEY has 0 characters"),
        ({"PORT": "http"}, "PORT is 'http'"),
        ({"KEEP_ALIVE_SECONDS": "-1"}, "KEEP_ALIVE_SECONDS is '-1'"),
        ({"INTAKE": "nowhere/intake.toml"}, "there is no such file"),
        ({"SECRETS": "whsec_secret"}, "SECRETS is not a JSON object"),
        ({"SECRETS": '{"STRIPE": 7}'}, "SECRETS has 'STRIPE', which is not a text"),
        ({"BOARDS": "nowhere.toml"}, "nowhere.toml: cannot be read"),
    ],
)
def test_a_setting_that_is_wrong_ends_it_with_a_sentence(told: dict[str, str], said: str) -> None:
    process = start_crew(**(GOOD | told))
    _, error = process.communicate(timeout=30)
    assert process.returncode == 1
    assert said in error
    assert "Traceback" not in error
    assert "whsec_secret" not in error


def test_a_journal_is_made_once(dynamodb: Any, make_board: Callable[..., Board]) -> None:
    name = f"{make_board().name}-journal"
    assert create_journal(dynamodb, name)
    assert not create_journal(dynamodb, name)
