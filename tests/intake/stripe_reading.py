"""What is read from Stripe's events."""

from functools import reduce
from typing import Any

from aggregates.board import Board
from aggregates.board_file import load_board
from intake.donation_state import DonationState, join
from intake.request import DonationUpdate
from intake.sources_file import OpenSource
from tests.conftest import ROOT
from tests.intake.senders import SENDERS
from tests.intake.stripe_events import (
    encode,
    make_charge,
    make_event,
    make_refund,
)

BOARD: Board = load_board(ROOT / "boards/fundraiser.toml")


Event = dict[str, Any]


def read(source: OpenSource, *events: Event) -> DonationState:
    """Return what is known after some events of one donation."""
    states, names = [], set()
    for event in events:
        reading = source.provider.read(SENDERS["stripe"].make(encode(event)))
        for update in reading.updates:
            assert isinstance(update, DonationUpdate)
            states.append(update.state)
            names.add(update.donation_id)
    assert len(names) <= 1
    return reduce(join, states, DonationState())


def ignore(source: OpenSource, event: Event) -> str:
    """Return why an event does not count."""
    reading = source.provider.read(SENDERS["stripe"].make(encode(event)))
    assert not reading.updates
    return reading.ignored


PAID = make_event("charge.succeeded", make_charge())


REFUNDED = make_event("refund.created", make_refund())
