"""`make` installs once, also if called twice at the same time, and passes values on unchanged."""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROGRAM = ROOT / "requirements" / "install.py"

needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="there is no make here")


def start_install(folder: Path, *arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, str(PROGRAM), "env/stamp", "--inputs", "pins.txt", *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def finish(processes: Sequence["subprocess.Popen[str]"]) -> list[tuple[int, str]]:
    outputs = [process.communicate(timeout=100)[0] for process in processes]
    return [(p.returncode, text) for p, text in zip(processes, outputs, strict=True)]


def test_two_at_once_install_once_and_both_go_on(tmp_path: Path) -> None:
    (tmp_path / "pins.txt").touch()
    options = ("--also", "env/other", "--", "--no-index", "-r", "pins.txt")
    ended = finish([start_install(tmp_path, *options) for _ in range(2)])
    assert [code for code, _ in ended] == [0, 0], ended
    assert "".join(text for _, text in ended).count("Installing") == 1, ended
    assert (tmp_path / "env" / "other").exists()
    [again] = finish([start_install(tmp_path, *options)])
    assert again == (0, "")


def test_what_cannot_be_installed_is_told_and_tried_again(tmp_path: Path) -> None:
    (tmp_path / "pins.txt").touch()
    # An existing virtualenv whose pip fails.
    pip = tmp_path / "env" / "bin" / "pip"
    pip.parent.mkdir(parents=True)
    pip.write_text("#!/bin/sh\nexit 1\n")
    pip.chmod(0o755)
    for _ in range(2):
        [(code, text)] = finish([start_install(tmp_path, "--", "x")])
        assert code == 1
        assert "Is there a connection to the Internet?" in text
        assert "Traceback" not in text


def test_a_file_in_the_place_of_the_cache_is_told(tmp_path: Path) -> None:
    (tmp_path / ".cache").touch()
    [(code, text)] = finish([start_install(tmp_path, "--", "x")])
    assert code == 1
    assert len(text.splitlines()) == 1


@needs_make
@pytest.mark.parametrize(
    "target", ["verify", "reconcile", "donations", "donate", "refund", "replay"]
)
def test_a_board_name_is_one_word_whatever_is_in_it(tmp_path: Path, target: str) -> None:
    board = f"a b;touch {tmp_path}/made;'$x\"*"
    told = subprocess.run(
        [
            *("make", "-C", str(ROOT), "--no-print-directory", target, f"BOARD={board}"),
            *("-o", ".venv/local.stamp", "-o", ".venv-aws/stamp", "TALLYBOARD=printf '[%s]'"),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"[{board}]" in told.stdout.replace("[--board=", "[")
    assert not (tmp_path / "made").exists()
