"""DonorDrive's list and the board end alike, whatever happens to either of them."""

from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from aggregates.board import Board
from intake.donation_state import Charge, ChargeStatus, DonationState
from intake.errors import Forged, SourceError
from intake.intake import Intake
from intake.providers.donordrive.sweep import DonorDriveSweeper
from intake.request import DonationUpdate, Request
from intake.sweeping import SweepLoop
from tests.intake.donordrive_stand_in import DonorDrive
from tests.intake.stand_in import StandIn, Told, run_stand_in
from tests.intake.sweeps import START, Clock, open_intake, open_loop, read_table
from tests.intake.written import read_cents

NAME = "donordrive:127.0.0.1:"


class Stage:
    """A provider, a board's tables, and our service, which can be started again."""

    def __init__(self, drive: DonorDrive, web: StandIn, start: Callable[[str], Intake]) -> None:
        self.drive, self.web, self.clock = drive, web, Clock()
        self._start = start
        self.fields = ""
        self.restart()

    def restart(self) -> None:
        place = f'url = "{self.web.url}/api"\nparticipant = 4024\n{self.fields}'
        self.intake = self._start(place)
        self.loop: SweepLoop = open_loop(self.intake, "extralife", self.clock)

    def sweep(self, **time: float) -> float:
        self.clock.turn(**(time or {"minutes": 5}))
        return self.loop.sweep()

    @property
    def trouble(self) -> str:
        return self.intake.heard.sources["extralife"].trouble


@pytest.fixture
def stage(tmp_path: Path, gala: Board, dynamodb: Any) -> Iterator[Stage]:
    def start(place: str) -> Intake:
        text = f"""
            [sources.extralife]
            provider = "donordrive"
            board = "gala"
            platform = "Extra Life"
            {place}
        """
        return open_intake(tmp_path, text, gala, dynamodb)

    drive = DonorDrive()
    with run_stand_in(drive.reply) as web:
        yield Stage(drive, web, start)


@pytest.fixture
def counted(dynamodb: Any, gala: Board) -> Callable[[], dict[str, int]]:
    def read() -> dict[str, int]:
        cents = read_cents(dynamodb, gala)
        assert all(name.startswith(NAME) for name in cents)
        return {name.removeprefix(NAME): minor for name, minor in cents.items()}

    return read


Counted = Callable[[], dict[str, int]]


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
    # What is old is not gone on with.
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


@pytest.mark.parametrize("seed", range(3))
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
