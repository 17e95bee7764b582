"""No input ends a command in a traceback: one line says what is wrong, and does nothing else."""

import argparse
import os
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from local.cli import main
from local.commands.donations import list_latest
from local.running import Running, claim, tell_running
from operate.commands import boards as boards_command
from operate.errors import CommandError

ROOT = Path(__file__).parents[2]


def nest(depth: int = 0) -> Any:
    return nest(depth + 1)


def open_full_disk() -> None:
    raise OSError(28, "No space left on device", ".cache/run.draft")


def raise_memory() -> None:
    raise MemoryError


@pytest.mark.parametrize(
    ("fail", "text"),
    [
        (nest, "nested too deeply"),
        (raise_memory, "more memory"),
        (open_full_disk, ".cache/run.draft: No space left on device"),
        (lambda: int("9" * 5000), "invalid"),
        (lambda: b"\xff".decode(), "invalid"),
        (lambda: Decimal("1E+999999") * Decimal("1E+999999"), "invalid"),
        (lambda: Path("/dev/null/x").read_text(), "/dev/null/x: Not a directory"),
    ],
)
def test_what_no_command_expected_is_one_line(
    fail: Callable[[], object],
    text: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def run(arguments: argparse.Namespace) -> int:
        fail()
        return 0

    monkeypatch.setattr(boards_command, "run", run)
    assert main(["boards"]) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("tallyboard: ")
    assert text in line


def test_a_message_does_nothing_to_the_terminal_and_has_an_end(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(arguments: argparse.Namespace) -> int:
        raise CommandError("the header has \x1b]0;mine\x07\u202e" + "x" * 100_000)

    monkeypatch.setattr(boards_command, "run", run)
    assert main(["boards"]) == 1
    told = capsys.readouterr().err
    assert told.rstrip("\n").isprintable()
    assert len(told) < 2_100


def test_a_line_break_in_a_group_makes_no_row_of_its_own(board: Any) -> None:
    item = {
        "donationId": {"S": "d-1"},
        "donatedAt": {"S": "2026-01-08T10:00:00Z"},
        "platform": {"S": "Phone\nd-2  2026-01-08T10:00:01Z  Text\r\x1b[2J"},
        "amount": {"N": "5"},
    }
    [row] = list_latest(board, [item])
    assert row.isprintable()
    assert row.startswith("d-1 ")


def test_a_password_is_in_no_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BOARDS", str(ROOT / "boards"))
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("REDIS_URL", "redis://:test#TEST@127.0.0.1:6379/1")
    for arguments in (["verify"], ["reconcile"], ["watch"], ["run"]):
        assert main(arguments) == 1
        [line] = capsys.readouterr().err.splitlines()
        assert line == "tallyboard: REDIS_URL has a # in its password; write %23"


def test_a_folder_that_cannot_be_used_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BOARDS", str(ROOT / "boards"))
    (tmp_path / ".cache").write_text("")
    for arguments in (["run"], ["donations"], ["stop"]):
        assert main(arguments) == 1
        assert len(capsys.readouterr().err.splitlines()) == 1


def test_stop_ends_no_process_that_only_has_the_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with (
        subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other,
        claim(tmp_path / ".cache"),
    ):
        tell_running(
            tmp_path / ".cache", Running(other.pid, "x", "x", "redis://x", "boards", "d", "earlier")
        )
        assert main(["stop"]) == 1
        assert "is not the one that `make run` started" in capsys.readouterr().err
        other.communicate(b"\n")
    assert other.returncode == 0


def test_a_reader_that_closes_the_pipe_early_causes_no_error(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as output:
        ended = subprocess.run(
            [sys.executable, "-m", "operate.cli", "--help"],
            cwd=ROOT,
            stdout=output,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert "Traceback" not in ended.stderr
    assert "Exception ignored" not in ended.stderr
