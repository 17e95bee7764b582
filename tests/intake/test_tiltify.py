"""What Tiltify's webhook and its list say of a donation, and that both agree."""

import json
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial, reduce
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from aggregates.board import Board
from aggregates.board_file import load_board
from intake.donation_state import ChargeStatus, DonationState, follow, join
from intake.errors import SourceError, Unreadable
from intake.providers.tiltify.donations import read_donation, read_event
from intake.request import DonationUpdate
from intake.sources_file import OpenSource
from tests.conftest import ROOT
from tests.intake import vectors
from tests.intake.events import CAMPAIGN
from tests.intake.events import make_tiltify_event as make_event
from tests.intake.senders import SENDERS, open_source

BOARD: Board = load_board(ROOT / "boards/fundraiser.toml")
Event = dict[str, Any]


@pytest.fixture
def open_tiltify(tmp_path: Path) -> Callable[..., OpenSource]:
    return partial(open_source, tmp_path, BOARD, "tiltify")


def tell(event: Mapping[str, Any]) -> DonationUpdate:
    told = read_event(event, is_test=False)
    assert isinstance(told, DonationUpdate)
    return told


def test_a_donation_is_read_with_its_own_time_and_exactly() -> None:
    update = tell(make_event())
    assert update.donation_id == "tiltify:dfa25dcc-2026-4320-a5b7-5da076efeb05"
    charge = update.state.charge
    assert charge is not None
    assert (charge.status, charge.amount_minor, charge.currency) == (
        ChargeStatus.SUCCEEDED,
        8295,
        "USD",
    )
    assert charge.at.isoformat() == "2023-04-18T16:48:26.510702+00:00"
    # Microseconds of 2023-04-18T16:48:59.510758Z.
    assert charge.order == 1_681_836_539_510_758
    assert update.state.texts["name"].value == "Jirachi"
    assert update.state.texts["comment"].value.startswith("Rerum quo")


def test_the_button_of_the_dashboard_gives_no_money(open_tiltify: Any, tmp_path: Path) -> None:
    request = SENDERS["tiltify"].make(vectors.TILTIFY_BODY)
    reading = open_tiltify().provider.read(request)
    assert not reading.updates
    assert "test money" in reading.ignored
    rehearsal = open_source(tmp_path, replace(BOARD, is_rehearsal=True), "tiltify", "test = true\n")
    [update] = rehearsal.provider.read(request).updates
    assert isinstance(update, DonationUpdate)
    assert update.state.net_minor == 8295
    real = SENDERS["tiltify"].make(json.dumps(make_event()).encode())
    assert "real money" in rehearsal.provider.read(real).ignored


def test_what_is_not_paid_yet_does_not_count() -> None:
    waiting, paid = tell(make_event(completed_at=None)), tell(make_event(1))
    assert waiting.state.net_minor == 0
    for order in permutations([waiting.state, paid.state]):
        assert reduce(join, order).net_minor == 8295


@pytest.mark.parametrize(
    "kind",
    [
        "public:direct:donation_updated",
        "public:indirect:donation_updated",
        "private:direct:donation_updated",
        "private:indirect:donation_updated",
    ],
)
def test_a_team_and_its_member_are_told_of_one_donation(kind: str) -> None:
    state = reduce(join, [tell(make_event()).state, tell(make_event(kind=kind)).state])
    assert tell(make_event(kind=kind)).donation_id == tell(make_event()).donation_id
    assert state.net_minor == 8295


@pytest.mark.parametrize("kind", ["public:direct:fact_updated", "public:direct:donation", ""])
def test_other_events_are_ignored(kind: str) -> None:
    assert isinstance(read_event(make_event(kind=kind), is_test=False), str)


def test_the_newest_version_counts_and_may_be_less() -> None:
    old = tell(make_event(amount={"currency": "USD", "value": "100.00"})).state
    new = tell(make_event(0.000001, amount={"currency": "USD", "value": "40"})).state
    for order in permutations([old, new, old]):
        assert reduce(join, order).net_minor == 4000


def test_who_is_anonymous_later_is_not_named_any_more() -> None:
    named = tell(make_event()).state
    hidden = tell(make_event(5, donor_name="Anonymous", donor_comment=None)).state
    for order in permutations([named, hidden, named]):
        state = reduce(join, order)
        assert {kind: text.value for kind, text in state.texts.items()} == {
            "name": "",
            "comment": "",
        }


@pytest.mark.parametrize(
    "data",
    [
        {"amount": {"currency": "USD", "value": "82.955"}},
        {"amount": {"currency": "USD", "value": "a lot"}},
        {"amount": {"currency": "USD", "value": "-5"}},
        {"amount": {"currency": "USD", "value": "NaN"}},
        {"amount": {"currency": "USD", "value": "sNaN"}},
        {"amount": {"currency": "USD", "value": "1e400"}},
        {"amount": {"currency": "???", "value": "5"}},
        {"amount": None},
        {"id": None},
        {"id": ""},
        {"completed_at": "yesterday"},
        {"completed_at": "2023-04-18T16:48:26"},
        {"completed_at": "0001-01-01T00:00:00+14:00"},
        {"completed_at": None, "created_at": None},
    ],
)
def test_what_cannot_be_read_is_said(data: Event) -> None:
    with pytest.raises(Unreadable):
        read_event(make_event(**data), is_test=False)


def test_half_an_emoji_in_a_comment_is_left_out() -> None:
    update = tell(json.loads(json.dumps(make_event()).replace("Jirachi", "Ji\\ud83drachi")))
    assert update.state.texts["name"].value == "Jirachi"


GENERATED = datetime.fromisoformat("2023-04-18T16:48:59.510758Z")


def look(seconds: float, **data: Any) -> DonationState:
    """Return a row of the list, asked for some seconds after the webhook was generated."""
    row = deepcopy(make_event(**data)["data"])
    update = read_donation(row, GENERATED + timedelta(seconds=seconds), is_look=True)
    assert update.is_look
    assert update.donation_id == tell(make_event()).donation_id
    return update.state


@pytest.mark.parametrize("seconds", [-3600, 0, 60, 86_400])
def test_a_look_that_says_what_the_webhook_said_changes_nothing(seconds: float) -> None:
    told = tell(make_event()).state
    assert follow(told, look(seconds)) == told
    # And where the list was first, the webhook changes nothing that counts.
    seen = join(look(seconds), told)
    assert (seen.net_minor, seen.texts["name"].value) == (8295, "Jirachi")


def test_a_look_corrects_what_no_webhook_told() -> None:
    told = tell(make_event()).state
    lower: Event = {"amount": {"currency": "USD", "value": "10.00"}}
    seen = follow(told, look(60, **lower, donor_name="Anonymous"))
    assert (seen.net_minor, seen.texts["name"].value) == (1000, "")
    # The webhook of before comes once more.
    assert join(seen, told) == seen


def test_a_webhook_that_was_told_after_the_question_wins_over_the_list() -> None:
    lower: Event = {"amount": {"currency": "USD", "value": "10.00"}}
    later = tell(make_event(90, **lower)).state
    assert follow(later, look(60)).net_minor == 1000
    assert join(look(60), later).net_minor == 1000


@pytest.mark.parametrize(
    ("more", "mistake"),
    [
        ('client_id = "ID"\n', "client_secret"),
        ('client_id = "ID"\nclient_secret = "CLIENT_SECRET"\n', "campaign"),
        (f'campaign = "{CAMPAIGN}"\n', "client_id"),
        (f'campaign = "{CAMPAIGN}"\nteam_campaign = "{CAMPAIGN}"\n', "team_campaign"),
        ('campaign = "https://tiltify.com/@me/gala"\n', "campaign"),
        ('campaign = "../team"\n', "campaign"),
    ],
)
def test_a_mistake_in_the_file_is_named(open_tiltify: Any, more: str, mistake: str) -> None:
    with pytest.raises(SourceError, match=mistake):
        open_tiltify(more)


def test_a_source_with_a_client_is_swept(open_tiltify: Any) -> None:
    client = 'client_id = "ID"\nclient_secret = "CLIENT_SECRET"\n'
    assert open_tiltify().sweeper is None
    assert open_tiltify(f'{client}campaign = "{CAMPAIGN}"\n').sweeper is not None
    assert open_tiltify(f'{client}team_campaign = "{CAMPAIGN}"\n').sweeper is not None
