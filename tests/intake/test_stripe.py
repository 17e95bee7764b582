"""What Stripe's events say of a donation."""

from dataclasses import replace
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from intake.donation_state import ChargeStatus, Step
from intake.errors import SourceError, Unreadable
from tests.intake.senders import SENDERS, open_source
from tests.intake.stripe_events import (
    encode,
    make_charge,
    make_dispute,
    make_event,
    make_refund,
    make_session,
)
from tests.intake.stripe_reading import BOARD, PAID, REFUNDED, Event, ignore, read


def test_a_charge_is_a_donation_of_its_payment_intent(open_stripe: Any) -> None:
    request = SENDERS["stripe"].make(encode(PAID))
    [update] = open_stripe().provider.read(request).updates
    assert update.donation_id == "stripe:pi_1"
    charge = update.state.charge
    assert (charge.status, charge.amount_minor, charge.currency) == (
        ChargeStatus.SUCCEEDED,
        5000,
        "USD",
    )
    assert charge.at.isoformat() == "2026-11-21T19:04:11+00:00"
    assert update.state.texts["name"].value == "Ada Lovelace"


@pytest.mark.parametrize(
    "thing",
    [
        make_event("charge.succeeded", make_charge(payment_intent=None)),
        make_event("refund.created", make_refund(payment_intent=None)),
        make_event("charge.dispute.created", make_dispute(payment_intent=None)),
        make_event(
            "charge.dispute.created", make_dispute(payment_intent=None, charge={"id": "ch_1"})
        ),
    ],
)
def test_what_has_no_payment_intent_is_of_its_charge(open_stripe: Any, thing: Event) -> None:
    [update] = open_stripe().provider.read(SENDERS["stripe"].make(encode(thing))).updates
    assert update.donation_id == "stripe:ch_1"


def test_an_object_in_the_place_of_an_id_is_the_same(open_stripe: Any) -> None:
    thing = make_event("charge.succeeded", make_charge(payment_intent={"id": "pi_1"}))
    [update] = open_stripe().provider.read(SENDERS["stripe"].make(encode(thing))).updates
    assert update.donation_id == "stripe:pi_1"


@pytest.mark.parametrize(
    ("kind", "changes", "net"),
    [
        ("charge.succeeded", {}, 5000),
        # An authorisation is `paid`, too.
        ("charge.succeeded", {"captured": False}, 0),
        ("charge.captured", {"amount_captured": 3000}, 3000),
        ("charge.pending", {"status": "pending"}, 0),
        ("charge.failed", {"status": "failed"}, 0),
    ],
)
def test_only_what_has_succeeded_and_was_captured_counts(
    open_stripe: Any, kind: str, changes: Event, net: int
) -> None:
    assert read(open_stripe(), make_event(kind, make_charge(**changes))).net_minor == net


def test_of_a_reserved_amount_what_was_captured_counts(open_stripe: Any) -> None:
    part = make_charge(amount_captured=3000)
    assert read(open_stripe(), make_event("charge.captured", part)).net_minor == 3000
    # Old versions of the API tell the rest as a refund.
    old = {"api_version": "2024-06-20"}
    captured = make_event("charge.captured", part, **old)
    rest = make_event("refund.created", make_refund(amount=2000), **old)
    for events in permutations([captured, rest]):
        assert read(open_stripe(), *events).net_minor == 3000


def test_a_failed_attempt_before_the_one_that_worked_changes_nothing(open_stripe: Any) -> None:
    failed = make_event("charge.failed", make_charge(id="ch_0", status="failed", captured=False))
    for events in permutations([failed, PAID]):
        assert read(open_stripe(), *events).net_minor == 5000


@pytest.mark.parametrize(
    ("code", "amount", "minor"),
    [
        ("usd", 5000, 5000),
        ("jpy", 500, 500),
        ("kwd", 5120, 5120),
        # 5 of them, by Stripe's special cases.
        ("isk", 500, 5),
        ("ugx", 500, 5),
        # ISO 4217 has two decimals, Stripe none.
        ("mga", 500, 50_000),
        ("huf", 1045, 1045),
        ("twd", 80_045, 80_045),
        ("xaf", 500, 500),
    ],
)
def test_amounts_are_in_stripes_own_decimals(
    open_stripe: Any, code: str, amount: int, minor: int
) -> None:
    in_currency = {"currency": code, "amount": amount}
    charge = make_charge(**in_currency, amount_captured=amount)
    known = read(open_stripe(), make_event("charge.succeeded", charge))
    assert known.charge is not None
    assert (known.charge.amount_minor, known.charge.currency) == (minor, code.upper())
    refund = make_event("refund.created", make_refund(**in_currency))
    assert read(open_stripe(), refund).deductions["refund:re_1"] == (
        Step.TAKEN,
        minor,
        code.upper(),
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"currency": "isk", "amount_captured": 550},
        {"currency": "xyz"},
        {"amount_captured": "5000"},
        {"amount_captured": -1},
        {"amount_captured": 50.5},
        {"created": None},
        {"status": "unheard of"},
        {"captured": None},
        {"payment_intent": ["pi_1"]},
        {"payment_intent": {"name": "pi_1"}},
    ],
)
def test_what_cannot_be_read_is_said(open_stripe: Any, changes: Event) -> None:
    request = SENDERS["stripe"].make(encode(make_event("charge.succeeded", make_charge(**changes))))
    with pytest.raises(Unreadable):
        open_stripe().provider.read(request)


COMPLETED = make_event("checkout.session.completed", make_session())


def test_a_checkout_brings_the_comment(open_stripe: Any) -> None:
    for events in permutations([PAID, COMPLETED]):
        known = read(open_stripe(), *events)
        texts = {kind: text.value for kind, text in known.texts.items()}
        assert texts == {"name": "Ada Lovelace", "comment": "For the kids"}
        # The charge knows better when it was.
        assert known.charge == read(open_stripe(), PAID).charge


def test_a_checkout_counts_where_stripe_sends_nothing_else(open_stripe: Any) -> None:
    assert read(open_stripe(), COMPLETED).net_minor == 5000
    unpaid = make_session(payment_status="unpaid")
    waiting = make_event("checkout.session.completed", unpaid)
    assert read(open_stripe(), waiting).net_minor == 0
    later = make_event("checkout.session.async_payment_succeeded", make_session())
    never = make_event("checkout.session.async_payment_failed", unpaid)
    assert read(open_stripe(), later, waiting).net_minor == 5000
    assert read(open_stripe(), never, waiting).net_minor == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"payment_intent": None, "mode": "subscription"},
        {"payment_intent": None, "payment_status": "no_payment_required"},
        {"payment_status": "no_payment_required"},
    ],
)
def test_a_checkout_without_a_payment_is_ignored(open_stripe: Any, changes: Event) -> None:
    event = make_event("checkout.session.completed", make_session(**changes))
    assert "checkout" in ignore(open_stripe(), event)


ANONYMOUS = [
    make_event("charge.succeeded", make_charge(metadata={"anonymous": "true"})),
    make_event("checkout.session.completed", make_session(metadata={"anonymous": "Yes"})),
    make_event(
        "checkout.session.completed",
        make_session(
            custom_fields=[{"key": "anonymous", "type": "dropdown", "dropdown": {"value": "yes"}}]
        ),
    ),
]


@pytest.mark.parametrize("event", ANONYMOUS)
def test_who_wants_no_name_gets_none_whatever_comes_first(open_stripe: Any, event: Event) -> None:
    for events in permutations([PAID, COMPLETED, event]):
        assert read(open_stripe(), *events).texts["name"].value == ""


def test_with_a_field_for_the_name_no_cards_name_is_shown(open_stripe: Any) -> None:
    source = open_stripe('name_field = "displayname"\ncomment_field = "wish"\n')
    assert "name" not in read(source, PAID).texts
    known = read(source, COMPLETED, PAID)
    assert known.texts["name"].value == "Ada L."
    assert "comment" not in known.texts
    left_empty = make_session(custom_fields=[])
    known = read(source, PAID, make_event("checkout.session.completed", left_empty))
    assert known.texts["name"].value == ""


def test_nothing_else_of_a_person_is_read(open_stripe: Any) -> None:
    known = str(read(open_stripe(), PAID, COMPLETED))
    for secret in ("ada@example.org", "4242", "Main St"):
        assert secret not in known


@pytest.mark.parametrize(
    "more",
    ['payment_links = ["plink_9", "plink_1"]\n', 'metadata = {event = "gala", year = "26"}\n'],
)
def test_a_payment_of_the_same_account_waits_until_it_is_said_to_be_ours(
    open_stripe: Any, more: str
) -> None:
    source = open_stripe(more)
    ours = make_session(metadata={"event": "gala", "year": "26", "more": "x"})
    session = make_event("checkout.session.completed", ours)
    for events in permutations([PAID, session, REFUNDED]):
        known = read(source, *events)
        assert (known.net_minor, known.platform) == (3000, "Website")
    of_shop = make_session(payment_link="plink_2", metadata={"event": "gala", "year": "25"})
    shop = make_event("checkout.session.completed", of_shop)
    assert read(source, PAID, shop, REFUNDED).net_minor == 0


def test_a_charges_own_metadata_admits_it(open_stripe: Any) -> None:
    source = open_stripe('metadata = {event = "gala"}\n')
    ours = make_event("charge.succeeded", make_charge(metadata={"event": "gala"}))
    assert read(source, ours).net_minor == 5000
    # A note on a refund is no admission.
    theirs = make_event("refund.created", make_refund(metadata={"event": "gala"}, amount=1))
    assert read(source, PAID, theirs).net_minor == 0


def test_test_money_is_ignored_and_so_is_real_money_at_a_rehearsal(
    open_stripe: Any, tmp_path: Path
) -> None:
    assert "test money" in ignore(open_stripe(), PAID | {"livemode": False})
    rehearsal = replace(BOARD, is_rehearsal=True)
    source = open_source(tmp_path, rehearsal, "stripe", "test = true\n")
    assert "live money" in ignore(source, PAID)
    assert read(source, PAID | {"livemode": False}).net_minor == 5000


@pytest.mark.parametrize("kind", ["customer.created", "payment_intent.succeeded", "charge.updated"])
def test_other_events_are_ignored(open_stripe: Any, kind: str) -> None:
    assert kind in ignore(open_stripe(), make_event(kind, {"id": "x"}))


def test_a_refund_of_a_customers_balance_is_of_no_payment(open_stripe: Any) -> None:
    refund = make_refund(payment_intent=None, charge=None)
    assert "refund" in ignore(open_stripe(), make_event("refund.created", refund))


@pytest.mark.parametrize(
    ("more", "mistake"),
    [
        ('payment_links = ["https://buy.stripe.com/x"]\n', "payment_links"),
        ('payment_links = "plink_1"\n', "payment_links"),
        ("metadata = {event = 7}\n", "metadata.event"),
        ('metadat = {event = "7"}\n', "metadat"),
        ('api_key = "NOT_SET"\n', "NOT_SET"),
        ('api_key = "TEST_KEY"\n', "live"),
        ('api_url = "http://example.org"\n', "api_url"),
        ('api_url = "http://[::1"\n', "api_url"),
        ('comment_field = ""\n', "comment_field"),
    ],
)
def test_a_mistake_in_the_file_is_named(open_stripe: Any, more: str, mistake: str) -> None:
    with pytest.raises(SourceError, match=mistake):
        open_stripe(more)


def test_a_source_with_a_key_is_swept(open_stripe: Any) -> None:
    assert open_stripe().sweeper is None
    assert open_stripe('api_key = "KEY"\n').sweeper is not None
