"""`python -m explore` as a process: it starts, answers, and says what is missing."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from explore.keys import dump_keys, make_key
from tests.conftest import ROOT, free_port
from tests.waiting import wait_for

_SINK = 'kind = "sql"\nboard = "gala"\n'


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Return the environment of a service of one board, whose function never comes."""
    shutil.copy(ROOT / "boards/fundraiser.toml", tmp_path / "gala.toml")
    (tmp_path / "sinks").mkdir()
    (tmp_path / "sinks" / "live.toml").write_text(_SINK)
    return os.environ | {
        "BOARDS": str(tmp_path),
        "SINKS": "",
        "PORT": str(free_port()),
        "EXPLORE_KEYS": str(tmp_path / "keys.json"),
        "EXPLORE_FEED": f"unix:{tmp_path}/feed.sock",
        "EXPLORE_FOLDER": str(tmp_path / "data"),
        "AWS_DEFAULT_REGION": "us-east-1",
        # Nothing listens there: the table cannot be read, and the rows stay empty.
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{free_port()}",
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
    }


def test_it_serves_and_ends_with_its_engine(environment: dict[str, str]) -> None:
    text, key = make_key("Ana", ("gala",), "2026-11-21T19:00:00Z")
    Path(environment["EXPLORE_KEYS"]).write_bytes(dump_keys({key.id: key}))
    command = [sys.executable, "-m", "explore"]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True
    )
    headers = {"authorization": f"Bearer {text}"}
    url = f"http://127.0.0.1:{environment['PORT']}"
    try:
        with httpx.Client(base_url=url, headers=headers, timeout=20) as client:

            def answers() -> bool:
                assert process.poll() is None
                try:
                    return client.get("/healthz").is_success
                except httpx.TransportError:
                    return False

            wait_for(answers)
            body = {"sql": "select count(*) as n from donations"}
            answer = client.post("/api/boards/gala/query", json=body).json()
            assert answer["results"] == [{"n": 0}]
            assert answer["status"]["state"] == "loading"
            assert client.get("/explore").headers["content-type"].startswith("text/html")
    finally:
        process.terminate()
        _, said = process.communicate(timeout=20)
    assert f"key {key.id}, board gala, query: answered" in said
    assert "count(*)" not in said
    assert text not in said
    assert process.returncode in (0, -15)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"EXPLORE_KEYS": ""}, "EXPLORE_KEYS is not set"),
        ({}, "which has no key: SQL is off until `tallyboard keys make`"),
        ({"EXPLORE_ORIGINS": "*"}, "EXPLORE_ORIGINS has '*'; write origins such as"),
        ({"PORT": "x"}, "PORT is 'x'"),
    ],
)
def test_it_says_what_is_missing(
    environment: dict[str, str], change: dict[str, str], problem: str
) -> None:
    command = [sys.executable, "-m", "explore"]
    told = subprocess.run(
        command, cwd=ROOT, env=environment | change, capture_output=True, text=True, timeout=60
    )
    assert told.returncode == 1
    assert problem in told.stderr
    assert "Traceback" not in told.stderr
