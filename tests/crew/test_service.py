"""`python -m crew` serves only the pages, configured by environment variables."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from aggregates.board import Board
from crew.tables import create_journal
from tests.conftest import ROOT, free_port
from tests.webapp.serving import wait_for

GOOD = {"CREW_CODE": "abcd-2345", "CREW_SESSION_KEY": "k" * 40}


def run(**told: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "crew"]
    return subprocess.Popen(
        command, cwd=ROOT, env=os.environ | told, stderr=subprocess.PIPE, text=True
    )


def test_it_serves_alone_and_makes_its_journal_on_a_local_dynamodb(
    dynamodb: Any, redis_url: str, make_board: Callable[..., Board], tmp_path: Path
) -> None:
    name, port = make_board().name, free_port()
    text = (ROOT / "boards/fundraiser.toml").read_text("utf-8")
    (tmp_path / f"{name}.toml").write_text(text.replace('"donations"', f'"{name}"'), "utf-8")
    told = {"PORT": str(port), "REDIS_URL": redis_url, "BOARDS": str(tmp_path)}
    process = run(**GOOD, **told, DYNAMODB_URL=dynamodb.meta.endpoint_url)
    try:

        def answers() -> bool:
            try:
                return httpx.get(f"http://127.0.0.1:{port}/healthz").is_success
            except httpx.TransportError:
                assert process.poll() is None
                return False

        wait_for(answers)
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
            assert client.get("/crew/").headers["location"] == "/crew/sign-in"
            page = client.get("/crew/sign-in")
            assert "Live fundraiser" in page.text
            assert client.get("/crew/static/crew.css").is_success
        assert dynamodb.describe_table(TableName=f"{name}-journal")["Table"]
    finally:
        process.terminate()
        process.communicate(timeout=10)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"CREW_CODE": "abc"}, "CREW_CODE has 3 characters"),
        ({"CREW_SESSION_KEY": ""}, "CREW_SESSION_KEY has 0 characters"),
        ({"PORT": "http"}, "PORT is 'http'"),
        ({"BOARDS": "nowhere.toml"}, "nowhere.toml: cannot be read"),
    ],
)
def test_a_setting_that_is_wrong_ends_it_with_a_sentence(told: dict[str, str], said: str) -> None:
    process = run(**(GOOD | told))
    _, error = process.communicate(timeout=30)
    assert process.returncode == 1
    assert said in error
    assert "Traceback" not in error


def test_a_journal_is_made_once(dynamodb: Any, make_board: Callable[..., Board]) -> None:
    name = f"{make_board().name}-journal"
    assert create_journal(dynamodb, name)
    assert not create_journal(dynamodb, name)
