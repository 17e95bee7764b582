"""reconcile, verify and watch as a person calls them: what they say, and their exit codes."""

import json
import os
import re
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

import operate.commands.verify
import operate.commands.watch
import reconcile.reconcile
import reconcile.verify
from aggregates.board import Board
from aggregates.board_file import load_board
from aggregates.keys import board_keys
from lambda_handler.board_target import count_on
from lambda_handler.consume import Consumer
from local.cli import main
from local.dynamodb import create_table
from local.ports import find_free_port
from local.running import Running, claim, tell_running
from reconcile.scripts import claim_run
from tests.conftest import ROOT
from tests.proof import make_claim
from tests.stream_events import donation, event, record

pytestmark = pytest.mark.redis


class Place:
    """A board with its own table, both named by environment variables."""

    def __init__(self, folder: Path, board: Board, redis: Redis, dynamodb: Any) -> None:
        self.folder, self.board, self.redis, self.dynamodb = folder, board, redis, dynamodb
        self.keys = board_keys(board.name)

    def put(self, *items: dict[str, Any]) -> None:
        for item in items:
            self.dynamodb.put_item(TableName=self.board.table, Item=item)

    def consume(self, *records: dict[str, Any]) -> None:
        arn = f"arn:aws:dynamodb:eu-west-1:1:table/{self.board.table}/stream/2036-11-21T18:00:00"
        changed = [{**record, "eventSourceARN": arn} for record in records]
        Consumer(count_on([self.board], lambda: self.redis)).consume(event(*changed))


@pytest.fixture
def place(
    tmp_path: Path,
    redis: Redis,
    redis_url: str,
    dynamodb: Any,
    make_board: Callable[..., Board],
    monkeypatch: pytest.MonkeyPatch,
) -> Place:
    name = make_board().name
    text = (ROOT / "boards/fundraiser.toml").read_text().replace('"donations"', f'"{name}"')
    (tmp_path / f"{name}.toml").write_text(text)
    board = load_board(tmp_path / f"{name}.toml")
    create_table(dynamodb, board)
    monkeypatch.chdir(tmp_path)
    for variable, value in {
        "REDIS_URL": redis_url,
        "BOARDS": str(tmp_path),
        "AWS_ENDPOINT_URL_DYNAMODB": dynamodb.meta.endpoint_url,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }.items():
        monkeypatch.setenv(variable, value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    # No records are in flight to the ledger here.
    prompt = partial(reconcile.verify.verify_board, lag_seconds=0)
    monkeypatch.setattr(operate.commands.verify, "verify_board", prompt)
    return Place(tmp_path, board, redis, dynamodb)


# reconcile


def test_reconcile_says_what_it_read_and_changed(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    place.put(donation("a", "Phone", "10.50"), donation("b", "Phone", 1000))
    assert main(["reconcile", "--settle", "0"]) == 0
    output = capsys.readouterr().out
    assert f"board {place.board.name}: 2 items read, proven at 20" in output
    [phone] = re.findall(r"^  Phone: (.*)$", output, re.MULTILINE)
    assert set(phone.split(", ")) == {"count +2", "amount +1,010.50 USD"}
    options = ["--segments", "2", "--read-units", "1000", "--settle", "0"]
    assert main(["reconcile", place.board.name, *options]) == 0
    assert capsys.readouterr().out.endswith("Totals were right.\n")


def test_a_second_reconcile_says_who_is_at_it(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    other = make_claim(place.redis, place.board, holder="process 7 on elsewhere")
    claim_run(place.redis, place.keys, other)
    assert main(["reconcile", "--settle", "0"]) == 3
    assert "process 7 on elsewhere has been reconciling it since 2026" in capsys.readouterr().out


def test_a_dry_run_changes_nothing(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    place.put(donation("a", "Phone", 10))
    assert main(["reconcile", "--settle", "0"]) == 0
    assert main(["reconcile", "--dry-run"]) == 0
    place.put(donation("a", "Phone", 12))
    before = [place.redis.dump(key) for key in place.keys]
    capsys.readouterr()
    assert main(["reconcile", "--dry-run", "--name-items"]) == 2
    output = capsys.readouterr().out
    at = "Phone, 2026-11-21 19:04Z"
    assert f"  a: table: {at}, amount 12.00 USD; counted: {at}, amount 10.00 USD" in output
    assert [place.redis.dump(key) for key in place.keys] == before


# verify


def test_verify_says_exact(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    place.put(donation("a", "Phone", 10))
    place.consume(record(1, donation("a", "Phone", 10)))
    assert main(["verify"]) == 0
    assert capsys.readouterr().out == f"board {place.board.name}: 1 items read\nExact.\n"


def test_verify_lists_differences_and_what_totals_are_off_by(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    place.consume(*(record(n, donation(f"d-{n:02}", "Phone", 10)) for n in range(1, 13)))
    place.redis.hincrby(place.keys.totals, "ALL:amount", 5)
    assert main(["verify"]) == 2
    output = capsys.readouterr().out
    assert "12 items differ from the table:" in output
    # Not all of a thousand.
    assert (
        output.count(": table: not there; counted: Phone, 2026-11-21 19:04Z, amount 10.00 USD")
        == 10
    )
    assert "  Phone: count +12, amount +120.00 USD" in output
    assert "Totals differ from the ledger's sums by:" in output
    assert "  ALL: amount +0.05 USD\n" in output
    assert output.endswith("Not exact: run `tallyboard reconcile`.\n")


def test_verify_does_not_say_exact_of_what_it_could_not_see(
    place: Place, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["reconcile", "--settle", "0"]) == 0
    monkeypatch.setattr("reconcile.verify.compare_sums", lambda *_: None)
    capsys.readouterr()
    assert main(["verify"]) == 1
    output = capsys.readouterr().out
    assert "Every item is counted correctly. Whether the totals are their sum" in output
    assert "Exact." not in output
    assert "Not exact" not in output


def test_verify_may_leave_a_board_alone_that_was_never_proven(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    """A drift is told of what was proven; else every board would begin with one."""
    place.consume(record(1, donation("d-1")))
    assert main(["verify", "--if-proven"]) == 1
    assert "its totals are not proven on this Redis yet" in capsys.readouterr().out
    assert main(["reconcile", "--settle", "0"]) == 0
    assert main(["verify", "--if-proven"]) == 0


def test_verify_of_a_board_that_was_never_counted_fails_with_advice(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify"]) == 1
    assert "Redis has nothing of it; run reconcile first" in capsys.readouterr().err


# What all commands refuse

COMMANDS = (["reconcile"], ["reconcile", "--dry-run"], ["verify"])
each_command = pytest.mark.parametrize("command", COMMANDS, ids=" ".join)


@each_command
def test_a_board_that_there_is_not_is_named(
    place: Place, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    assert main([*command, "nope"]) == 1
    message = f'there is no board "nope"; there are: {place.board.name}'
    assert message in capsys.readouterr().err


@each_command
@pytest.mark.parametrize(
    ("option", "value", "fix"),
    [
        ("--segments", "0", "write a whole number from 1 to 64"),
        ("--segments", "65", "write a whole number from 1 to 64"),
        ("--read-units", "-1", "write a number, 0 or above"),
        ("--read-units", "nan", "write a number, 0 or above"),
    ],
)
def test_options_that_cannot_be_are_refused(
    place: Place,
    capsys: pytest.CaptureFixture[str],
    command: list[str],
    option: str,
    value: str,
    fix: str,
) -> None:
    assert main([*command, option, value]) == 1
    assert fix in capsys.readouterr().err


ALL = (*COMMANDS, ["watch"])
each_of_all = pytest.mark.parametrize("command", ALL, ids=" ".join)


@each_of_all
def test_without_redis_url_it_is_said_what_to_set(
    place: Place,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: list[str],
) -> None:
    for url in ("", None):
        if url is None:
            monkeypatch.delenv("REDIS_URL")
        else:
            monkeypatch.setenv("REDIS_URL", url)
        assert main(command) == 1
        assert "REDIS_URL is not set" in capsys.readouterr().err


@each_of_all
def test_local_without_a_running_system_says_to_start_it(
    place: Place, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    assert main([*command, "--local"]) == 1
    assert "nothing is running; start `make run` first" in capsys.readouterr().err


@each_command
def test_a_redis_that_does_not_answer_is_told_without_a_traceback(
    place: Place,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: list[str],
) -> None:
    monkeypatch.setenv("REDIS_URL", f"redis://127.0.0.1:{find_free_port()}")
    assert main(command) == 1
    assert "tallyboard: Redis failed: " in capsys.readouterr().err


@each_command
def test_a_table_that_is_not_there_is_told_without_a_traceback(
    place: Place, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    place.dynamodb.delete_table(TableName=place.board.table)
    assert main(command) == 1
    error = capsys.readouterr().err
    assert "tallyboard: DynamoDB failed: " in error
    assert "ResourceNotFoundException" in error


@pytest.mark.parametrize("command", [["reconcile"], ["verify"]], ids=" ".join)
def test_local_is_the_system_that_runs_here(
    place: Place,
    redis_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: list[str],
) -> None:
    place.put(donation("a"))
    place.consume(record(1, donation("a")))
    for variable in ("REDIS_URL", "BOARDS", "AWS_ENDPOINT_URL_DYNAMODB", "AWS_ACCESS_KEY_ID"):
        monkeypatch.delenv(variable)
    endpoint = place.dynamodb.meta.endpoint_url
    running = Running(1, "http://nowhere", endpoint, redis_url, str(place.folder), "d")
    cache = place.folder / ".cache"
    with claim(cache):
        tell_running(cache, running)
        assert main([*command, "--local"]) == 0
    assert f"board {place.board.name}: 1 items read" in capsys.readouterr().out


# watch


def test_watch_reconciles_what_is_not_proven_until_it_is_ended(
    place: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    place.put(donation("a"))
    whole = reconcile.reconcile.reconcile_board

    def reconcile_and_end(*arguments: Any, **options: Any) -> Any:
        report = whole(*arguments, **options)
        signal.raise_signal(signal.SIGTERM)
        return report

    monkeypatch.setattr(operate.commands.watch, "reconcile_board", reconcile_and_end)
    before = signal.getsignal(signal.SIGTERM)
    assert main(["watch", "--settle", "0", "--read-units", "1000"]) == 0
    assert signal.getsignal(signal.SIGTERM) == before
    output = capsys.readouterr().out
    assert f"board {place.board.name}: read the table, 1 items, 2 groups corrected" in output
    proof = place.redis.hget(place.keys.meta, "drift")
    assert isinstance(proof, bytes)
    assert json.loads(proof)["ALL"] == {"count": 1, "amount": 2500}
