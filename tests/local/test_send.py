"""What payment providers send, from a signed request to the total on the screens."""

import json
import re
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.local.machine import Machine, read_until

pytestmark = pytest.mark.redis


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def wait_for_total(machine: Machine, amount: int, count: int) -> None:
    """Follow the events until the total is what it should be."""
    with urlopen(f"{machine.address}/events", timeout=20) as events:
        for line in events:
            if line.startswith(b"data: "):
                found = json.loads(line[6:]).get("totals", {}).get("ALL", {})
                if (found.get("amount"), found.get("count")) == (amount, count):
                    return
    raise AssertionError("the events ended")


def wait_for_groups(machine: Machine, count: int) -> dict[str, int]:
    """Follow the events until so many are counted; return how many of each group."""
    with urlopen(f"{machine.address}/events", timeout=20) as events:
        for line in events:
            if line.startswith(b"data: "):
                totals = json.loads(line[6:]).get("totals", {})
                if totals.get("ALL", {}).get("count") == count:
                    return {name: of["count"] for name, of in totals.items() if name != "ALL"}
    raise AssertionError("the events ended")


@pytest.mark.timeout(120)
def test_signed_requests_of_every_provider_reach_the_total(machine: Machine) -> None:
    with machine.start("run") as process:
        read_until(process, "Ctrl-C stops everything")

        def send(*arguments: str) -> str:
            code, output = machine.call("send", *arguments)
            assert code == 0, output
            return output

        stripe = ("--provider", "stripe", "--id", "a1", "--amount", "60")
        send(*stripe)
        send(*stripe)
        send(*stripe, "--kind", "refund", "--part", "10")
        wait_for_total(machine, 5000, 1)
        send(*stripe, "--kind", "dispute")
        wait_for_total(machine, 0, 0)
        send(*stripe, "--kind", "dispute-won")
        send(*stripe, "--kind", "failed-refund", "--part", "10")
        send("--provider", "tiltify", "--amount", "5.50")
        send("--provider", "api", "--id", "p1", "--amount", "7")
        send("--provider", "api", "--id", "p1", "--amount", "6", "--kind", "correct")
        send("--provider", "twitch", "--id", "t1", "--amount", "8")
        send("--provider", "twitch", "--id", "t1", "--amount", "8")
        wait_for_total(machine, 7950, 4)
        pledge = ("--provider", "twilio", "--id", "s1", "--amount", "7")
        assert "pledge of 7.00 USD" in send(*pledge, "--kind", "pledge")
        send(*pledge, "--kind", "retry")
        assert "Please send GIVE" in send(*pledge, "--kind", "pledge", "--text", "give it")
        wait_for_total(machine, 8650, 5)
        assert "test money" in send("--provider", "stripe", "--kind", "test")
        assert "test money" in send("--provider", "tiltify", "--kind", "test")
        code, output = machine.call("send", "--provider", "stripe", "--kind", "vote")
        assert code == 1
        assert re.search("write one of gift, refund", output)
        code, output = machine.call("send", "--provider", "twilio", "--kind", "vote")
        assert code == 1
        assert "no source takes what twilio sends with KIND=vote; the sources are:" in output
        assert "texts (twilio, pledges)" in output
        code, output = machine.call("send", "--provider", "paypal")
        assert code == 1
        assert "write one of stripe, tiltify, twitch, api, twilio" in output
        assert machine.call("stop")[0] == 0
        process.wait(20)


@pytest.mark.timeout(120)
def test_the_secrets_of_a_demonstration_are_for_its_user_alone(machine: Machine) -> None:
    with machine.start("run") as process:
        read_until(process, "Ctrl-C stops everything")
        assert (machine.folder / ".cache" / "intake.json").stat().st_mode & 0o077 == 0
        assert "whsec_" not in (machine.folder / ".cache" / "intake.toml").read_text()
        assert machine.call("stop")[0] == 0
        process.wait(20)


@pytest.mark.timeout(120)
def test_votes_by_text_reach_a_board_of_votes(machine: Machine) -> None:
    poll = machine.folder / "boards"
    poll.mkdir()
    (poll / "poll.toml").write_text(
        'title = "Which?"\ntable = "poll"\nkey = "voteId"\ngroup_by = "vote"\n'
        '[groups]\nknown = ["RED", "GREEN", "BLUE"]\n'
    )
    with machine.start("run", boards=str(poll)) as process:
        read_until(process, "Ctrl-C stops everything")

        def send(*arguments: str) -> str:
            code, output = machine.call("send", "--provider", "twilio", *arguments)
            assert code == 0, output
            return output

        assert "your vote for RED" in send("--kind", "vote", "--id", "v1")
        send("--kind", "retry", "--id", "v1")
        assert "your vote for BLUE" in send("--kind", "vote", "--text", "blue 💙")
        assert "Please send one of" in send("--kind", "vote", "--text", "red or blue")
        assert wait_for_groups(machine, 2) == {"RED": 1, "BLUE": 1}
        assert machine.call("stop")[0] == 0
        process.wait(20)
