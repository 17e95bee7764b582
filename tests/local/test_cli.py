"""The commands as a person calls them, with the whole system behind them."""

import json
import os
import re
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from urllib.request import urlopen

import pytest

from local.cli import main
from local.ports import find_free_port
from local.running import Running, claim, tell_running
from tests.local.machine import Machine, read_until

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.redis


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def find_child(process: "subprocess.Popen[str]", pattern: str) -> int:
    found = subprocess.run(
        ["pgrep", "-P", str(process.pid), "-f", pattern], capture_output=True, text=True, check=True
    )
    return int(found.stdout)


def test_a_file_replayed_twice_counts_once_and_a_donation_can_be_given_and_taken_back(
    machine: Machine,
) -> None:
    lines = [f"d-{n},2017-01-08T10:00:00Z,{'Phone' if n % 3 else 'Text'},0.10" for n in range(300)]
    file = machine.folder / "donations.csv"
    file.write_text("donationId,donatedAt,platform,amount\n" + "\n".join(lines) + "\n")
    with machine.start("run") as process:
        read_until(process, "Ctrl-C stops everything")
        for _ in range(2):
            code, output = machine.call("replay", str(file))
            assert code == 0, output
            assert re.search(r"^ALL +300 +30\.00$", output, re.MULTILINE), output
            assert re.search(r"^Text +100 +10\.00$", output, re.MULTILINE), output

        code, output = machine.call("donate", "--platform", "Phone", "--amount", "12.50")
        assert code == 0, output
        assert "ALL: 301, amount 42.50 USD" in output
        [donation_id] = set(re.findall(r"d-[0-9a-f]{12}", output))
        code, output = machine.call("refund", donation_id)
        assert code == 0, output
        assert "ALL: 300, amount 30.00 USD" in output
        assert machine.call("refund", donation_id)[0] == 1

        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        assert process.stdout is not None
        rest = process.stdout.read()
    assert process.returncode == 0, rest
    assert "Traceback" not in rest
    assert time.monotonic() - began < 5
    assert not (machine.folder / ".cache" / "run.json").exists()


def test_a_running_system_shows_its_donations_and_can_be_stopped_from_elsewhere(
    machine: Machine,
) -> None:
    assert machine.call("stop")[0] == 1
    with machine.start("run") as process:
        read_until(process, "Ctrl-C stops everything")
        assert machine.call("donations") == (0, "There are no donations yet.\n")
        for amount in ("25", "12.50"):
            assert machine.call("donate", "--platform", "Phone", "--amount", amount)[0] == 0
        code, output = machine.call("donations")
        assert code == 0, output
        first, second = output.splitlines()
        assert re.fullmatch(r"d-[0-9a-f]{12}  20\S+Z  Phone  25\.00 USD", first)
        assert second.endswith("Phone  12.50 USD")
        code, output = machine.call("stop")
        assert code == 0, output
        assert "has stopped" in output
        assert process.wait(10) == 0
    assert machine.call("donations")[0] == 1


def test_what_cannot_be_counted_now_is_in_the_table_and_is_not_to_be_written_again(
    machine: Machine,
) -> None:
    with machine.start("run") as process:
        read_until(process, "Ctrl-C stops everything")
        redis = json.loads((machine.folder / ".cache" / "run.json").read_text())["redis_url"]
        server = find_child(process, redis.rpartition(":")[2])
        os.kill(server, signal.SIGSTOP)
        try:
            code, output = machine.call("donate", "--platform", "Phone", "--amount", "25")
        finally:
            os.kill(server, signal.SIGCONT)
        assert code == 0, output
        assert "It is in the table" in output
        assert "Do not enter it again." in output
        code, output = machine.call("donate", "--platform", "Phone", "--amount", "5")
        assert "ALL: 2, amount 30.00 USD" in output
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)


def test_a_web_app_that_ends_is_started_again_and_nothing_is_lost(machine: Machine) -> None:
    with machine.start("run") as process:
        read_until(process, "Ctrl-C stops everything")
        assert machine.call("donate", "--platform", "Phone", "--amount", "25")[0] == 0
        killed = find_child(process, "m local.intake")
        os.kill(killed, signal.SIGKILL)
        read_until(process, "the web app was ended by signal 9")
        read_until(process, "It is restarted")
        events = f"{machine.address}/api/boards/fundraiser"
        while True:
            # While the web app restarts, connections are refused: try until one succeeds.
            with suppress(OSError), urlopen(events, timeout=5) as reply:
                if '"ALL":' in (text := reply.read().decode()) and "2500" in text:
                    break
        assert find_child(process, "m local.intake") != killed
        assert machine.call("donate", "--platform", "Phone", "--amount", "5")[0] == 0
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)
    assert process.returncode == 0


@pytest.mark.parametrize(("part", "name"), [("redis|valkey", "Redis"), ("ministack", "DynamoDB")])
def test_the_loss_of_what_holds_data_ends_it_all_and_says_what_is_gone(
    machine: Machine, part: str, name: str
) -> None:
    with machine.start("run") as process:
        read_until(process, "Ctrl-C stops everything")
        os.kill(find_child(process, part), signal.SIGKILL)
        output, _ = process.communicate(timeout=30)
    assert process.returncode == 1
    assert f"{name}" in output
    assert "was ended by signal 9" in output
    assert "were in memory and are lost" in output
    assert "Traceback" not in output


def test_ctrl_c_ends_a_start(machine: Machine) -> None:
    with machine.start("run") as process:
        read_until(process, "Starting")
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=20)
    assert process.returncode == 0, output
    assert "Stopped." in output
    assert "Traceback" not in output


def test_a_board_file_that_is_a_pipe_is_refused_at_once(machine: Machine) -> None:
    os.mkfifo(machine.folder / "board.toml")
    with machine.start("run", boards="board.toml") as process:
        output, _ = process.communicate(timeout=20)
    assert process.returncode == 1, output
    assert "board.toml: is" in output
    assert "Traceback" not in output


def test_commands_that_need_a_running_system_say_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for arguments in (["donate", "--platform", "Phone", "--amount", "5"], ["refund", "d-1"]):
        assert main(arguments) == 1
        assert "nothing is running; start `make run` first" in capsys.readouterr().err


def test_a_system_that_does_not_answer_is_told_without_a_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    nowhere = f"http://127.0.0.1:{find_free_port()}"
    boards = str(ROOT / "boards")
    with claim(tmp_path / ".cache"):
        tell_running(
            tmp_path / ".cache", Running(1, nowhere, nowhere, "redis://127.0.0.1:1", boards, "d")
        )
        assert main(["donate", "--platform", "Phone", "--amount", "5"]) == 1
    assert "tallyboard: DynamoDB failed" in capsys.readouterr().err


def test_boards_are_described_and_mistakes_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BOARDS", str(ROOT / "boards" / "fundraiser.toml"))
    assert main(["boards"]) == 0
    assert "the sum of amount (USD)" in capsys.readouterr().out
    (tmp_path / "bad.toml").write_text('title = "x"\n')
    monkeypatch.setenv("BOARDS", str(tmp_path))
    assert main(["boards"]) == 1
    assert "bad.toml: " in capsys.readouterr().err
