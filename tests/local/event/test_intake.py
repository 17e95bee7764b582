"""What providers send in the evening is kept like everything else, and joined across a kill."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.local.evening import Evening

pytestmark = pytest.mark.redis

_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def evening(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Evening]:
    sources = tmp_path / "intake.toml"
    sources.write_text(
        '[sources.website]\nprovider = "stripe"\nboard = "gala"\nplatform = "Website"\n'
        'secret = "WEBSITE_SECRET"\n'
    )
    monkeypatch.setenv("INTAKE", str(sources))
    monkeypatch.setenv("WEBSITE_SECRET", _SECRET)
    evening = Evening(tmp_path)
    yield evening
    evening.close()


@pytest.mark.timeout(240)
def test_a_refund_after_a_kill_of_everything_finds_its_charge(evening: Evening) -> None:
    def send(*arguments: str) -> None:
        sent = evening.command("send", "--provider", "stripe", "--id", "a1", *arguments)
        assert sent.returncode == 0, sent.stdout + sent.stderr

    def shows(amount: int) -> bool:
        return bool(evening.snapshot().get("totals", {}).get("ALL", {}).get("amount") == amount)

    evening.start()
    send("--amount", "60")
    evening.kill_everything()
    evening.start()
    evening.wait_until(lambda: shows(6000))
    send("--amount", "60")
    send("--amount", "60", "--kind", "refund", "--part", "10")
    evening.wait_until(lambda: shows(5000))
    evening.kill_everything()
    evening.start()
    evening.wait_until(lambda: shows(5000))
    [item] = evening.items()
    assert item["donationId"] == {"S": "stripe:pi_a1"}
