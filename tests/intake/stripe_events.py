"""Events as Stripe sends them, of payments that a test plays."""

import json
from collections.abc import Mapping
from itertools import count
from random import Random
from typing import Any

CREATED = 1_795_287_851
_numbers = count(1)


def make_event(kind: str, thing: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """Return an event of an id of its own."""
    event = {
        "id": f"evt_{next(_numbers)}",
        "object": "event",
        "api_version": "2026-06-24",
        "created": CREATED + 3,
        "livemode": True,
        "type": kind,
        "data": {"object": dict(thing)},
    }
    return event | more


def make_charge(**more: Any) -> dict[str, Any]:
    charge = {
        "id": "ch_1",
        "object": "charge",
        "amount": 5000,
        "amount_captured": 5000,
        "amount_refunded": 0,
        "captured": True,
        "paid": True,
        "status": "succeeded",
        "currency": "usd",
        "created": CREATED,
        "payment_intent": "pi_1",
        "metadata": {},
        "billing_details": {
            "name": "Ada  Lovelace",
            "email": "ada@example.org",
            "phone": None,
            "address": {"line1": "1 Main St"},
        },
        "payment_method_details": {"card": {"last4": "4242"}},
    }
    return charge | more


def make_session(**more: Any) -> dict[str, Any]:
    session = {
        "id": "cs_1",
        "object": "checkout.session",
        "amount_total": 5000,
        "currency": "usd",
        "created": CREATED - 60,
        "payment_intent": "pi_1",
        "payment_link": "plink_1",
        "payment_status": "paid",
        "mode": "payment",
        "metadata": {},
        "customer_details": {"name": "Ada Lovelace", "email": "ada@example.org"},
        "custom_fields": [
            {"key": "comment", "type": "text", "text": {"value": "For the kids"}},
            {"key": "displayname", "type": "text", "text": {"value": "Ada L."}},
            {"key": "anonymous", "type": "dropdown", "dropdown": {"value": None}},
        ],
    }
    return session | more


def make_refund(**more: Any) -> dict[str, Any]:
    refund = {
        "id": "re_1",
        "object": "refund",
        "amount": 2000,
        "charge": "ch_1",
        "payment_intent": "pi_1",
        "currency": "usd",
        "status": "succeeded",
        "created": CREATED + 600,
    }
    return refund | more


def make_dispute(**more: Any) -> dict[str, Any]:
    dispute = {
        "id": "dp_1",
        "object": "dispute",
        "amount": 5000,
        "charge": "ch_1",
        "payment_intent": "pi_1",
        "currency": "usd",
        "status": "needs_response",
    }
    return dispute | more


def tell_payment(random: Random, number: int) -> tuple[list[dict[str, Any]], int]:
    """Return all events of a random payment in the order of time, and what is left in cents."""
    # Payments of the old kind have no intent.
    intent = f"pi_{number}" if random.random() < 0.8 else None
    amount = random.randrange(100, 100_000)
    of_payment = {"payment_intent": intent, "currency": "usd"}
    events: list[dict[str, Any]] = []

    def tell(kind: str, thing: Mapping[str, Any]) -> None:
        events.append(make_event(kind, {**thing, **of_payment}))
        if random.random() < 0.1:
            # Sometimes one change is two events of different ids.
            events.append(make_event(kind, {**thing, **of_payment}))

    def charge(name: str, **more: Any) -> dict[str, Any]:
        return make_charge(id=name, amount=amount, amount_captured=amount, **more)

    paid = f"ch_{number}_paid"
    if intent:
        for attempt in range(random.choice([0, 0, 0, 1, 2])):
            failed = charge(f"ch_{number}_{attempt}", status="failed", captured=False)
            tell("charge.failed", failed)
    has_session = bool(intent) and random.random() < 0.5
    is_debit = random.random() < 0.2
    session = make_session(id=f"cs_{number}", amount_total=amount)
    if is_debit:
        tell("charge.pending", charge(paid, status="pending", captured=False))
        if has_session:
            tell("checkout.session.completed", session | {"payment_status": "unpaid"})
        if random.random() < 0.4:
            tell("charge.failed", charge(paid, status="failed", captured=False))
            if has_session:
                unpaid = session | {"payment_status": "unpaid"}
                tell("checkout.session.async_payment_failed", unpaid)
            return events, 0
        if has_session:
            tell("checkout.session.async_payment_succeeded", session)
    elif has_session:
        tell("checkout.session.completed", session)
    if not is_debit and random.random() < 0.2:
        reserved = charge(paid, captured=False) | {"amount_captured": 0}
        tell("charge.succeeded", reserved)
        if not has_session and random.random() < 0.3:
            return events, 0
        tell("charge.captured", charge(paid))
    else:
        tell("charge.succeeded", charge(paid))
    left = amount - _tell_refunds(random, tell, number, paid, amount)
    if left and random.random() < 0.3:
        dispute = make_dispute(id=f"dp_{number}", charge=paid, amount=left)
        if random.random() < 0.2:
            # By a card in another currency.
            of_payment["currency"] = random.choice(["eur", "jpy"])
            dispute["amount"] = random.randrange(1, 10**6)
        tell("charge.dispute.created", dispute)
        if random.random() < 0.8:
            tell("charge.dispute.funds_withdrawn", dispute)
            outcome = random.choice(["won", "lost", None])
            if outcome == "won":
                tell("charge.dispute.funds_reinstated", dispute | {"status": "won"})
            if outcome:
                tell("charge.dispute.closed", dispute | {"status": outcome})
            left = left if outcome == "won" else 0
        else:
            tell("charge.dispute.closed", dispute | {"status": "warning_closed"})
    return events, left


def _tell_refunds(random: Random, tell: Any, number: int, paid: str, amount: int) -> int:
    """Tell some refunds; return how much was refunded."""
    taken = 0
    for place in range(random.choice([0, 0, 1, 2, 3])):
        if taken == amount:
            break
        part = random.choice([amount - taken, random.randint(1, amount - taken)])
        refund = make_refund(id=f"re_{number}_{place}", charge=paid, amount=part)
        tell("refund.created", refund | {"status": random.choice(["pending", "succeeded"])})
        # The sum of all, which is not read.
        cumulative = make_charge(id=paid, amount=amount, amount_refunded=taken + part)
        tell("charge.refunded", cumulative)
        ending = random.choice(["succeeded", "succeeded", "failed", "canceled"])
        if ending == "failed":
            tell("refund.failed", refund | {"status": "failed"})
        else:
            tell("refund.updated", refund | {"status": ending})
        taken += part if ending == "succeeded" else 0
    return taken


def encode(event: Mapping[str, Any]) -> bytes:
    """Return the bytes that Stripe would send."""
    return json.dumps(event, indent=2, ensure_ascii=False).encode()
