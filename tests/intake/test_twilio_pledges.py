"""Texts are pledges: an amount as people type it, once, in a group of its own."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aggregates.board import Board
from intake.errors import SourceError
from intake.intake import Intake
from tests.intake.polls import make_poll
from tests.intake.stand_in import StandIn
from tests.intake.sweeps import START, Clock, open_intake, open_loop, read_table
from tests.intake.twilio_stand_in import ACCOUNT, NUMBER, PUBLIC_URL, TOKEN, Twilio
from tests.intake.written import read_cents

ENVIRONMENT = {"TOKEN": TOKEN, "PUBLIC_URL": PUBLIC_URL}
Open = Callable[..., Intake]


@pytest.fixture
def open_pledges(tmp_path: Path, dynamodb: Any, gala: Board, web: StandIn) -> Open:
    def open_(fields: str = "", board: Board = gala, **environment: str) -> Intake:
        text = f"""
            [sources.sms]
            provider = "twilio"
            board = "gala"
            platform = "Pledges"
            secret = "TOKEN"
            account = "{ACCOUNT}"
            number = "{NUMBER}"
            mode = "pledges"
            api_url = "{web.url}"
            {fields}
        """
        return open_intake(tmp_path, text, board, dynamodb, ENVIRONMENT | environment)

    return open_


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        ("GIVE 25", 2500),
        ("Give 25 für RED 🎉 ", 2500),
        ("give $1,250.50!", 125050),
        ("give25", 2500),
        ("25", 2500),
        ("GIVE 25 dollars", 2500),
        ("25 USD please", 2500),
        ("GIVE 1 000", 100000),
        ("GIVE 25 or 50", None),
        ("GIVE 25 for team 7", None),
        ("GIVE €25", None),
        ("GIVE -25", None),
        ("GIVE 0", None),
        ("GIVE 1.250", None),
        ("GIVE 25.005", None),
        ("GIVE", None),
        ("GIVE all", None),
        ("GIVE 25 for all", 2500),
        ("GIVE ２５", 2500),
        # What could be counted as something that it is not.
        ("GIVE 25 EUR", None),
        ("give 25 euros!", None),
        ("GIVE 25 €", None),
        ("GIVE 25 thousand", None),
        ("GIVE 25 K", None),
        ("GIVE 25 cents", None),
        ("GIVE 25 ½", None),
        ("GIVE 1e3", None),
        ("GIVE 0x10", None),
        ("GIVE 25\0", None),
        ("GIVE 2001", None),
        ("GIVE 99999999999999999999999999", None),
        ("", None),
    ],
)
def test_what_a_text_promises(
    open_pledges: Open, gala: Board, dynamodb: Any, twilio: Twilio, text: str, cents: int | None
) -> None:
    intake = open_pledges("most = 2_000")
    sms = twilio.send(1, text, START)
    answer = intake.take("sms", sms.request()).body.decode()
    assert read_cents(dynamodb, gala) == ({f"twilio:{sms.sid}": cents} if cents else {})
    expected = f"pledge of {cents / 100:,.2f} USD" if cents else 'such as "GIVE 25".'
    assert expected in answer


def test_a_language_decides_what_a_point_is(
    open_pledges: Open, gala: Board, dynamodb: Any, twilio: Twilio
) -> None:
    intake = open_pledges('language = "de"\nkeyword = "GEBE"')
    intake.take("sms", twilio.send(1, "gebe 1.250", START).request())
    assert list(read_cents(dynamodb, gala).values()) == [125000]


def test_a_pledge_counts_once_and_at_the_time_it_was_sent(
    open_pledges: Open, gala: Board, dynamodb: Any, twilio: Twilio
) -> None:
    clock = Clock()
    clock.turn(minutes=10)
    for number in range(30):
        twilio.send(number, f"GIVE {number + 1}", START)
    intake = open_pledges()
    for sms in twilio.sent[:20]:
        for seconds in (14.0, 0.2, 30.0):
            intake.take("sms", sms.request({}, seconds))
    for _ in range(2):
        open_loop(intake, "sms", clock).sweep()
        intake = open_pledges()
    assert sum(read_cents(dynamodb, gala).values()) == 100 * sum(range(1, 31))
    items = read_table(dynamodb, gala.table)
    assert {item["donatedAt"]["S"] for item in items} == {"2026-11-21T19:00:00.000Z"}
    assert {item["platform"]["S"] for item in items} == {"Pledges"}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ('keyword = "GIVE NOW"', "one word"),
        ("most = 1.001", "at most 2 decimals"),
        ('options = ["RED"]', "is not a field"),
    ],
)
def test_mistakes_in_the_file_are_named(open_pledges: Open, fields: str, words: str) -> None:
    with pytest.raises(SourceError, match=words):
        open_pledges(fields)


def test_what_a_source_needs_is_named(
    open_pledges: Open, dynamodb: Any, make_board: Callable[..., Board]
) -> None:
    with pytest.raises(SourceError, match="adds up no money"):
        open_pledges(board=make_poll(dynamodb, make_board))
    with pytest.raises(SourceError, match="PUBLIC_URL"):
        open_pledges(PUBLIC_URL="")


@pytest.mark.parametrize(
    "address",
    [
        "live.example.org",
        "https://live.example.org:abc",
        "https://",
        "https://a.org/in",
        "ftp://a.org",
    ],
)
def test_an_address_that_nothing_can_be_signed_for_is_named(
    open_pledges: Open, address: str
) -> None:
    with pytest.raises(SourceError, match="PUBLIC_URL has, which is"):
        open_pledges(PUBLIC_URL=address)
