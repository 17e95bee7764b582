"""Twitch's charity donations: what counts, the question whether we are there, and the end."""

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from aggregates.board import Board
from aggregates.board_file import load_board
from intake.errors import SourceError, Unreadable
from intake.request import DonationUpdate, Reading
from tests.conftest import ROOT
from tests.intake.events import make_twitch_event as make_event
from tests.intake.senders import NOW, SENDERS, open_source, open_sources

BOARD: Board = load_board(ROOT / "boards/fundraiser.toml")
TWITCH = SENDERS["twitch"]


@pytest.fixture
def read(tmp_path: Path) -> Any:
    provider = open_source(tmp_path, BOARD, "twitch").provider

    def read_(payload: Any, at: Any = NOW) -> Reading:
        return provider.read(TWITCH.make(json.dumps(payload).encode(), at))

    return read_


def test_a_donation_is_read_exactly(read: Any) -> None:
    [update] = read(make_event()).updates
    assert isinstance(update, DonationUpdate)
    assert update.donation_id == "twitch:a1b2c3-aabb-4455-d1e2f3"
    assert update.state.net_minor == 10_050
    assert update.state.charge is not None
    assert (update.state.charge.currency, update.state.charge.at) == ("USD", NOW)
    assert update.state.texts["name"].value == "GenerousUser1"


@pytest.mark.parametrize(
    ("amount", "minor"),
    [
        ({"value": 500, "decimal_places": 0, "currency": "JPY"}, 500),
        ({"value": 50_000, "decimal_places": 2, "currency": "JPY"}, 500),
        ({"value": 5, "decimal_places": 0, "currency": "usd"}, 500),
    ],
)
def test_an_amount_has_the_decimals_that_are_told(read: Any, amount: Any, minor: int) -> None:
    assert read(make_event(amount=amount)).updates[0].state.net_minor == minor


@pytest.mark.parametrize(
    "changes",
    [
        {"id": None},
        {"amount": None},
        {"amount": {"value": 5, "decimal_places": 1, "currency": "JPY"}},
        {"amount": {"value": 5, "decimal_places": 10**14, "currency": "USD"}},
        {"amount": {"value": -5, "decimal_places": 2, "currency": "USD"}},
        {"amount": {"value": "5", "decimal_places": 2, "currency": "USD"}},
        {"amount": {"value": 5.5, "decimal_places": 2, "currency": "USD"}},
        {"amount": {"value": 5, "decimal_places": 2, "currency": "BITS"}},
    ],
)
def test_what_cannot_be_read_is_said(read: Any, changes: Any) -> None:
    with pytest.raises(Unreadable):
        read(make_event(**changes))


def test_a_message_that_comes_again_later_changes_no_time(read: Any) -> None:
    first, again = (
        read(make_event(), at).updates[0].state.charge for at in (NOW, NOW.replace(minute=9))
    )
    assert max(first, again) == first


def test_twitch_is_told_that_the_address_is_ours(read: Any) -> None:
    told = read({"challenge": "pogchamp-kappa-360noscope-vohiyo", "subscription": {}})
    assert not told.updates
    answer = told.answer([])
    assert (answer.body, answer.media_type) == (b"pogchamp-kappa-360noscope-vohiyo", "text/plain")


def test_the_end_of_the_subscription_is_an_error_in_the_log(
    read: Any, caplog: pytest.LogCaptureFixture
) -> None:
    payload = make_event()
    del payload["event"]
    payload["subscription"]["status"] = "notification_failures_exceeded"
    told = read(payload)
    assert "subscribe again" in told.ignored
    [record] = caplog.records
    assert record.levelno == logging.ERROR
    assert "notification_failures_exceeded" in record.getMessage()


def test_another_subscription_is_of_no_interest(read: Any) -> None:
    payload = make_event()
    payload["subscription"]["type"] = "channel.follow"
    assert read(payload).ignored


@pytest.mark.parametrize("secret", ["short", "x" * 101])
def test_a_secret_that_twitch_would_not_take_is_refused(tmp_path: Path, secret: str) -> None:
    text = '[sources.web]\nprovider = "twitch"\nboard = "BOARD"\nplatform = "W"\nsecret = "S"\n'
    with pytest.raises(SourceError, match="10 to 100"):
        open_sources(tmp_path, BOARD, text, S=secret)
