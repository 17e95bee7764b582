"""The ten questions, on donations made here; `python -m tests.explore.ten FILE` takes real ones."""

import random
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

from tests.explore.ten.asking import Line, ask_all

_AMOUNTS = ("0.01", "0.40", "5", "25.00", "25.10", "50.50", "50.49", "1000", "12345678.90", "ten")
_PLATFORMS = ("Phone", "Web", "The Yetee", "東京", "o'Neill")


def make_lines(count: int) -> list[Line]:
    """Return donations with odd amounts, some of them none, in several time zones."""
    chance = random.Random(7)
    at = datetime(2026, 11, 20, 18, tzinfo=UTC)
    lines: list[Line] = []
    for number in range(count):
        at += timedelta(seconds=chance.choice((0, 1, 30, 600, 7200)))
        zone = timezone(timedelta(hours=chance.choice((-8, 0, 0, 5.5))))
        lines.append(
            {
                "donationId": f"d-{number:05}",
                "donatedAt": at.astimezone(zone).isoformat(),
                "platform": chance.choice(_PLATFORMS),
                "amount": chance.choice(_AMOUNTS),
                "hasComment": chance.choice("01"),
            }
        )
    return lines


def test_ten_questions_have_the_answers_that_python_finds(tmp_path: Path) -> None:
    outcomes = list(ask_all(make_lines(2_000), tmp_path))
    assert len(outcomes) == 10
    assert {one.name: one.told for one in outcomes} == {one.name: one.expected for one in outcomes}
    assert all(one.told and one.told[0] for one in outcomes)
