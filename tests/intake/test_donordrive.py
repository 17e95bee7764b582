"""DonorDrive's list and the board end alike, whatever happens to either of them."""

from pathlib import Path
from typing import Any

import pytest

from aggregates.board import Board
from intake.donation_state import Charge, ChargeStatus, DonationState
from intake.errors import Forged, SourceError
from intake.providers.donordrive.sweep import DonorDriveSweeper
from intake.request import DonationUpdate, Request
from tests.intake.donordrive_stage import NAME, Counted, Stage
from tests.intake.sweeps import START, open_intake, read_table


def test_every_page_is_counted_exactly(stage: Stage, counted: Counted) -> None:
    cents = {stage.drive.give(n, n / 100): n for n in range(1, 231)}
    assert stage.sweep() == 20
    assert counted() == cents
    assert stage.trouble == ""


def test_an_item_is_what_the_donor_shows_at_its_own_time(
    stage: Stage, dynamodb: Any, gala: Board
) -> None:
    stage.drive.give(7, 25, message="Go!")
    stage.sweep()
    [item] = read_table(dynamodb, gala.table)
    assert item["name"] == {"S": "Donor 7"}
    assert item["comment"] == {"S": "Go!"}
    assert item["platform"] == {"S": "Extra Life"}
    assert item["donatedAt"] == {"S": "2026-11-21T17:00:07.007Z"}
    # A donor who becomes anonymous is so here, too.
    del stage.drive.rows[f"{7:016X}"]["displayName"]
    stage.sweep()
    [item] = read_table(dynamodb, gala.table)
    assert "name" not in item


def test_an_unchanged_page_is_not_sent_again(stage: Stage, counted: Counted) -> None:
    stage.drive.give(1, 5)
    stage.sweep()
    stage.sweep(seconds=20)
    stage.web.asked.clear()
    stage.sweep(seconds=20)
    [asked] = stage.web.asked
    assert asked.headers["if-none-match"]
    name = stage.drive.give(2, 6)
    stage.sweep(seconds=20)
    assert counted()[name] == 600
    assert stage.intake.heard.sources["extralife"].found_at == stage.clock.now
    assert stage.intake.heard.sources["extralife"].heard_at is None


def test_more_than_a_page_between_two_looks_is_counted(stage: Stage, counted: Counted) -> None:
    stage.drive.give(1, 1)
    stage.sweep()
    for number in range(2, 131):
        stage.drive.give(number, 1)
    stage.sweep(seconds=20)
    assert len(counted()) == 130


def test_a_donation_is_gone_after_two_readings_and_counts_when_it_is_back(
    stage: Stage, counted: Counted
) -> None:
    names = [stage.drive.give(number, 10) for number in range(1, 9)]
    stage.sweep()
    row = stage.drive.rows.pop(names[0])
    stage.sweep()
    assert len(counted()) == 8
    stage.sweep()
    assert names[0] not in counted()
    assert len(counted()) == 7
    stage.drive.rows[names[0]] = row
    stage.sweep()
    assert counted()[names[0]] == 1000


def test_a_donation_that_is_missed_once_is_not_gone(stage: Stage, counted: Counted) -> None:
    names = [stage.drive.give(number, 10) for number in range(1, 9)]
    stage.sweep()
    for _ in range(3):
        row = stage.drive.rows.pop(names[0])
        stage.sweep()
        stage.drive.rows[names[0]] = row
        stage.sweep()
    assert len(counted()) == 8


def test_a_row_that_shifts_past_between_two_pages_is_not_gone(
    stage: Stage, counted: Counted
) -> None:
    names = [stage.drive.give(number, 10) for number in range(1, 131)]
    stage.sweep()
    victims = {name: stage.drive.rows[name] for name in names[:2]}

    def take_two_out() -> None:
        for name in victims:
            stage.drive.rows.pop(name, None)

    for _ in range(3):
        # Between the first and the second page, the row that would begin the second is passed.
        stage.drive.rows |= victims
        stage.drive.after_page = take_two_out
        stage.sweep()
        assert counted().keys() >= set(names[2:])
    stage.drive.after_page = lambda: None
    stage.sweep()
    assert counted().keys() == set(names[2:])


def test_a_list_that_changes_all_the_time_takes_nothing_back(
    stage: Stage, counted: Counted
) -> None:
    for number in range(1, 131):
        stage.drive.give(number, 10)
    stage.sweep()

    def take_one_out() -> None:
        del stage.drive.rows[min(stage.drive.rows)]

    stage.drive.after_page = take_one_out
    stage.sweep()
    stage.sweep()
    assert len(counted()) == 130
    assert "faster" in stage.trouble


def test_a_list_that_is_suddenly_empty_is_not_believed(stage: Stage, counted: Counted) -> None:
    for number in range(1, 21):
        stage.drive.give(number, 10)
    stage.sweep()
    rows, stage.drive.rows = stage.drive.rows, {}
    for _ in range(3):
        stage.sweep()
    assert len(counted()) == 20
    assert "20 of 20 donations are no longer listed" in stage.trouble
    stage.drive.rows = rows
    stage.sweep()
    assert stage.trouble == ""


def test_nothing_can_be_sent(stage: Stage) -> None:
    request = Request({}, b"[]", "https://example.org/in/extralife", START)
    with pytest.raises(Forged, match="sends nothing"):
        stage.intake.take("extralife", request)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ("", "participant, team, event: are all missing"),
        ("team = 1\nevent = 2", "there together"),
        ('team = "../x"', "number in its page's address"),
        ("team = true", "number in its page's address"),
        ('team = 1\nurl = "http://example.org"', "https://www.extra-life.org/api"),
        ('team = 1\ncurrency = "Dollar"', "USD"),
        ('team = 1\nsecret = "X"', "not needed"),
        ("team = 1\nparticipants = 2", "did you mean 'participant'"),
    ],
)
def test_mistakes_in_the_file_are_named(
    tmp_path: Path, gala: Board, dynamodb: Any, fields: str, words: str
) -> None:
    url = "" if "url" in fields else 'url = "https://www.extra-life.org/api"'
    text = f"""
        [sources.extralife]
        provider = "donordrive"
        board = "gala"
        platform = "Extra Life"
        {url}\n{fields}
    """
    with pytest.raises(SourceError, match=words):
        open_intake(tmp_path, text, gala, dynamodb, {"X": "x"})


def test_a_team_is_a_source(tmp_path: Path, gala: Board, dynamodb: Any) -> None:
    text = """
        [sources.extralife]
        provider = "donordrive"
        board = "gala"
        platform = "Extra Life"
        url = "https://www.extra-life.org/api/"
        team = 5074
        currency = "usd"
    """
    intake = open_intake(tmp_path, text, gala, dynamodb)
    assert isinstance(intake.sources["extralife"].sweeper, DonorDriveSweeper)


def test_what_an_ending_process_wrote_last_is_right_again_within_the_hour(
    stage: Stage, counted: Counted
) -> None:
    names = [stage.drive.give(number, 10) for number in range(1, 6)]
    stage.sweep()
    for name in names:
        # It has seen an amount for a moment, and the end of a donation that was listed again.
        order = int(stage.clock.now.timestamp() * 1000) + 1
        status = ChargeStatus.GONE if name == names[0] else ChargeStatus.SUCCEEDED
        charge = Charge(order, status, 700, "USD", START)
        update = DonationUpdate(NAME + name, DonationState(charge, is_admitted=True), is_look=True)
        stage.intake.apply("extralife", update)
    assert counted() == dict.fromkeys(names[1:], 700)
    for _ in range(12):
        stage.sweep()
    assert counted() == dict.fromkeys(names, 1000)
