"""What refunds and disputes at Stripe take off a donation."""

from itertools import permutations
from typing import Any

import pytest

from intake.state_json import decode_state, encode_state
from tests.intake.stripe_events import (
    make_charge,
    make_dispute,
    make_event,
    make_refund,
)
from tests.intake.stripe_reading import PAID, REFUNDED, Event, ignore, read

FAILED = make_event("refund.failed", make_refund(status="failed"))


def test_refunds_are_taken_off_each_for_itself_and_a_failed_one_is_not(open_stripe: Any) -> None:
    second = make_event("refund.updated", make_refund(id="re_2", amount=500))
    pending = make_event("refund.created", make_refund(id="re_3", status="pending"))
    source = open_stripe()
    for events in permutations([PAID, REFUNDED, second, pending]):
        assert read(source, *events).net_minor == 2500
    for events in permutations([PAID, REFUNDED, second, FAILED]):
        assert read(source, *events).net_minor == 4500


def test_charge_refunded_is_no_second_refund(open_stripe: Any) -> None:
    event = make_event("charge.refunded", make_charge(amount_refunded=2000))
    assert "refund.created" in ignore(open_stripe(), event)


WITHDRAWN = make_event("charge.dispute.funds_withdrawn", make_dispute())


@pytest.mark.parametrize(
    ("events", "net"),
    [
        ([make_event("charge.dispute.created", make_dispute())], 5000),
        ([WITHDRAWN], 0),
        ([WITHDRAWN, make_event("charge.dispute.closed", make_dispute(status="lost"))], 0),
        ([WITHDRAWN, make_event("charge.dispute.closed", make_dispute(status="won"))], 5000),
        ([WITHDRAWN, make_event("charge.dispute.funds_reinstated", make_dispute())], 5000),
        ([make_event("charge.dispute.closed", make_dispute(status="warning_closed"))], 5000),
        # A dispute of all that was partly refunded does not go below nothing.
        ([REFUNDED, WITHDRAWN], 0),
    ],
)
def test_disputes_take_off_what_was_withdrawn(
    open_stripe: Any, events: list[Event], net: int
) -> None:
    for order in permutations([PAID, *events]):
        assert read(open_stripe(), *order).net_minor == net


# A card in dollars has paid a charge in euros; the account is settled in euros.
EUROS = make_event("charge.succeeded", make_charge(currency="eur"))
EURO_REFUND = make_event("refund.created", make_refund(currency="eur"))
IN_DOLLARS = make_dispute(
    amount=5412,
    currency="usd",
    balance_transactions=[
        {
            "id": "txn_1",
            "object": "balance_transaction",
            "amount": -4987,
            "currency": "eur",
            "exchange_rate": 0.92147,
            "fee": 2000,
            "net": -6987,
            "reporting_category": "dispute",
            "source": "dp_1",
            "type": "adjustment",
        }
    ],
)
TAKEN = make_event("charge.dispute.funds_withdrawn", IN_DOLLARS)


@pytest.mark.parametrize(
    ("events", "net"),
    [
        ([make_event("charge.dispute.created", IN_DOLLARS)], 5000),
        ([TAKEN], 0),
        ([EURO_REFUND, TAKEN], 0),
        ([make_event("charge.dispute.closed", IN_DOLLARS | {"status": "lost"})], 0),
        ([TAKEN, make_event("charge.dispute.funds_reinstated", IN_DOLLARS)], 5000),
        ([EURO_REFUND, TAKEN, make_event("charge.dispute.funds_reinstated", IN_DOLLARS)], 3000),
        # Of how much of the euros these dollars are, nothing says.
        ([make_event("charge.dispute.funds_withdrawn", IN_DOLLARS | {"amount": 1000})], 0),
        ([make_event("charge.dispute.funds_withdrawn", make_dispute(currency="jpy"))], 0),
        # In the charge's own currency, a part is a part.
        (
            [make_event("charge.dispute.closed", make_dispute(amount=1, currency="eur"))],
            5000,
        ),
        (
            [
                make_event(
                    "charge.dispute.funds_withdrawn", make_dispute(amount=1500, currency="eur")
                )
            ],
            3500,
        ),
    ],
)
def test_a_dispute_in_another_currency_takes_off_all_until_it_is_won(
    open_stripe: Any, events: list[Event], net: int
) -> None:
    for order in permutations([EUROS, *events]):
        known = read(open_stripe(), *order)
        assert known.net_minor == net
        assert decode_state(encode_state(known)) == known


def test_a_stored_deduction_without_a_currency_is_in_the_charges() -> None:
    old = (
        '{"admitted":true,"charge":[0,"SUCCEEDED",5000,"EUR","2026-11-21T19:04:11+00:00",""],'
        '"deductions":{"refund:re_1":["TAKEN",2000]},"texts":{}}'
    )
    assert decode_state(old).net_minor == 3000
