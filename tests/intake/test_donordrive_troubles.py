"""Whatever DonorDrive or our service suffers, list and board end alike."""

from random import Random
from typing import Any

import pytest

from aggregates.board import Board
from tests.intake.donordrive_stage import Counted, Stage
from tests.intake.stand_in import Told
from tests.intake.sweeps import read_table


def test_what_cannot_be_counted_is_told_and_holds_nothing_back(
    stage: Stage, counted: Counted
) -> None:
    drive = stage.drive
    given = drive.give(1, 10)
    drive.give(2, None)
    drive.give(3, 10.005)
    fee = drive.give(4, 60, isRegFee=True)
    del drive.rows[drive.give(5, 10)]["donationID"]
    pause = stage.sweep()
    assert pause == 20
    assert counted() == {given: 1000}
    assert "1 with a hidden amount" in stage.trouble
    assert "1 that cannot be read" in stage.trouble
    assert "1 without a donationID" in stage.trouble
    stage.sweep(seconds=20)
    stage.sweep(seconds=20)
    assert "1 without a donationID" in stage.trouble
    # A row without an id may be the one that is missed.
    row = drive.rows.pop(given)
    stage.sweep()
    stage.sweep()
    assert counted() == {given: 1000}
    drive.rows[given] = row
    stage.fields = "registration_fees = true"
    stage.restart()
    stage.sweep()
    assert counted() == {given: 1000, fee: 6000}


def test_an_amount_that_is_hidden_later_still_counts(stage: Stage, counted: Counted) -> None:
    name = stage.drive.give(1, 10)
    stage.sweep()
    del stage.drive.rows[name]["amount"]
    stage.sweep()
    stage.sweep()
    assert counted() == {name: 1000}
    assert stage.trouble == ""


def test_another_currency_is_not_added_up(stage: Stage, dynamodb: Any, gala: Board) -> None:
    stage.drive.currency = "EUR"
    stage.drive.give(1, 10)
    stage.sweep()
    [item] = read_table(dynamodb, gala.table)
    assert "amount" not in item
    assert item["given"] == {"S": "EUR 10.00"}


def test_a_list_of_more_pages_than_are_given_at_once_is_read_in_parts(
    stage: Stage, counted: Counted
) -> None:
    names = {stage.drive.give(number, 10) for number in range(1, 251)}
    less_often = Told(429, headers={"retry-after": "60"})

    def limit(pages: int) -> None:
        asked = len(stage.web.asked) + pages
        stage.web.trouble = lambda one: (
            less_often if len(stage.web.asked) > asked else stage.drive.reply(one)
        )

    # The first also asks for the currency.
    limit(2)
    assert stage.sweep() == 60
    for _ in range(2):
        limit(1)
        stage.sweep(seconds=60)
    assert counted().keys() == names
    assert stage.trouble == ""
    # A sweep that was interrupted long ago begins again from the start.
    stage.web.trouble = None
    stage.clock.turn(minutes=5)
    limit(1)
    stage.loop.sweep()
    stage.web.trouble = None
    stage.web.asked.clear()
    stage.sweep(minutes=11)
    assert [asked.query["offset"] for asked in stage.web.asked] == ["0", "99", "198"]


TROUBLES = [
    Told(503),
    Told(429, headers={"retry-after": "30"}),
    Told(200, b"<html>We are under repair</html>"),
    Told(200, b"{}"),
    Told(200, b"null"),
    Told(302, headers={"location": "https://example.org/"}),
    Told(200, b"[{", {"content-length": "99"}),
]


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.timeout(300)
def test_an_evening_of_troubles_on_both_sides_ends_exactly(
    stage: Stage, counted: Counted, seed: int
) -> None:
    """Rows come, change, go and come back; the provider fails, we start again, at random."""
    random, drive, last = Random(seed), stage.drive, 0
    taken: dict[str, dict[str, Any]] = {}
    failed = 0
    for _ in range(60):
        for _ in range(random.randrange(12)):
            last += 1
            drive.give(last, random.randrange(1, 9_999) / 100)
        for name in random.sample(sorted(drive.rows), min(len(drive.rows), 2)):
            what = random.random()
            if what < 0.3:
                taken[name] = drive.rows.pop(name)
            elif what < 0.5:
                drive.rows[name]["amount"] = random.randrange(1, 9_999) / 100
        if taken and random.random() < 0.4:
            name = random.choice(sorted(taken))
            drive.rows[name] = taken.pop(name)
        if random.random() < 0.1:
            stage.restart()
        told = random.choice(TROUBLES) if random.random() < 0.4 else None
        stage.web.trouble = (lambda _, told=told: told) if told else None
        stage.sweep(seconds=random.choice([20, 20, 300]))
        failed += told is not None
        assert not told or stage.trouble
    stage.web.trouble = None
    for _ in range(3):
        stage.sweep()
    assert failed > 10
    assert stage.trouble == ""
    assert counted() == {name: round(row["amount"] * 100) for name, row in drive.rows.items()}


def test_what_came_while_we_were_down_counts_at_its_own_time(
    stage: Stage, dynamodb: Any, gala: Board
) -> None:
    stage.drive.give(1, 10)
    stage.sweep()
    stage.drive.give(600, 20)
    gone = f"{1:016X}"
    del stage.drive.rows[gone]
    stage.clock.turn(hours=1)
    stage.restart()
    stage.sweep()
    stage.sweep()
    [item] = read_table(dynamodb, gala.table)
    assert item["donatedAt"]["S"] == "2026-11-21T17:10:00.600Z"
