import os
import subprocess
import sys
from pathlib import Path

import pytest

from local.errors import LocalError
from local.process_start import read_start
from local.running import DrainedMark, Running, claim, find_running, is_running, tell_running

RUNNING = Running(42, "http://localhost:8000", "http://127.0.0.1:1", "redis://x", "boards", "d")


def test_nothing_runs_in_a_folder_where_nothing_was_started(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match="nothing is running; start `make run` first"):
        find_running(tmp_path)


def test_a_running_system_is_found_and_forgotten_when_it_stops(tmp_path: Path) -> None:
    with claim(tmp_path):
        tell_running(tmp_path, RUNNING)
        assert find_running(tmp_path) == RUNNING
    assert not is_running(tmp_path)
    with pytest.raises(LocalError, match="nothing is running"):
        find_running(tmp_path)


def test_a_file_left_by_a_process_that_was_killed_is_not_believed(tmp_path: Path) -> None:
    tell_running(tmp_path, RUNNING)
    (tmp_path / "run.lock").touch()
    with pytest.raises(LocalError, match="nothing is running"):
        find_running(tmp_path)


def test_what_a_killed_process_left_is_removed_when_another_starts(tmp_path: Path) -> None:
    """Until it has written its own, `make stop` would end whatever has the old one's number."""
    tell_running(tmp_path, RUNNING)
    with claim(tmp_path), pytest.raises(LocalError, match="still starting"):
        find_running(tmp_path)


def test_a_process_is_told_from_a_later_one_with_its_number() -> None:
    ours = read_start(os.getpid())
    assert ours is not None
    assert ours == read_start(os.getpid())
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        assert read_start(child.pid) not in (None, ours)
        child.communicate(b"\n")
    assert read_start(child.pid) is None


def test_a_state_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with claim(tmp_path):
        for content in ("", "[", "{}", "[1]", "\udcff"):
            (tmp_path / "run.json").write_text(content, "utf-8", "surrogateescape")
            with pytest.raises(LocalError, match=r"run\.json cannot be read"):
                find_running(tmp_path)


@pytest.mark.parametrize("name", ["cache", "cache/below"])
def test_a_file_in_the_place_of_the_folder_is_told(tmp_path: Path, name: str) -> None:
    (tmp_path / "cache").write_text("")
    with pytest.raises(LocalError, match="cannot be used"), claim(tmp_path / name):
        pass
    assert not is_running(tmp_path / name)


def test_a_second_system_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    with claim(tmp_path):
        tell_running(tmp_path, RUNNING)
        with (
            pytest.raises(LocalError, match="already runs at http://localhost:8000"),
            claim(tmp_path),
        ):
            pass
        assert find_running(tmp_path) == RUNNING


def test_a_system_that_still_starts_is_told_apart(tmp_path: Path) -> None:
    with claim(tmp_path), pytest.raises(LocalError, match="still starting"):
        find_running(tmp_path)


def test_a_child_that_outlives_us_does_not_keep_the_claim(tmp_path: Path) -> None:
    with claim(tmp_path):
        child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        assert not is_running(tmp_path)
    finally:
        child.communicate(b"\n")


def test_nobody_else_may_read_the_file_with_the_redis_address(tmp_path: Path) -> None:
    tell_running(tmp_path, RUNNING)
    assert (tmp_path / "run.json").stat().st_mode & 0o077 == 0


def test_the_mark_says_before_when_all_is_counted(tmp_path: Path) -> None:
    mark = DrainedMark(tmp_path / "drained")
    mark.reset()
    assert mark.read_ns() == 0
    mark.set_ns(1_795_254_444_123_000_000)
    assert mark.read_ns() == 1_795_254_444_123_000_000
