"""Signed requests of four providers: gifts, refunds, and the same once more."""

import json
import random
from datetime import datetime
from typing import NamedTuple

from tests.intake.senders import SENDERS
from tests.intake.stripe_events import encode, make_charge, make_event, make_refund
from tests.intake.twilio_stand_in import Sms


class Sent(NamedTuple):
    """A signed request; `gifts` and `cents` are what it adds to the total."""

    source: str
    headers: dict[str, str]
    body: bytes
    gifts: int
    cents: int


def make_requests(count: int, now: datetime) -> list[Sent]:
    """Return requests, signed now, the same ones for the same count."""
    chance = random.Random(2026)
    made: list[Sent] = []
    charges: list[int] = []
    for number in range(count):
        kind = chance.random()
        if made and kind < 0.1:
            made.append(chance.choice(made)._replace(gifts=0, cents=0))
        elif charges and kind < 0.2:
            paid = charges.pop(chance.randrange(len(charges)))
            refund = make_refund(id=f"re_{paid}", payment_intent=f"pi_{paid}", amount=100)
            made.append(_sign("stripe", encode(make_event("refund.created", refund)), now, 0, -100))
        else:
            source = chance.choice(["stripe", "tiltify", "api", "sms"])
            charges += [number] if source == "stripe" else []
            made.append(_make_gift(source, number, chance.randrange(5, 200), now))
    return made


def _make_gift(source: str, number: int, dollars: int, now: datetime) -> Sent:
    if source == "sms":
        sms = Sms(f"SM{number:032x}", "+14155550100", f"GIVE {dollars}", now)
        request = sms.request()
        kind = {"content-type": "application/x-www-form-urlencoded"}
        return Sent("sms", {**request.headers, **kind}, request.body, 1, dollars * 100)
    at, amount = now.isoformat(), f"{dollars}.00"
    if source == "stripe":
        cents = {"amount": dollars * 100, "amount_captured": dollars * 100}
        charge = make_charge(id=f"ch_{number}", payment_intent=f"pi_{number}", **cents)
        body = encode(make_event("charge.succeeded", charge))
    elif source == "tiltify":
        data = {"id": f"t-{number}", "amount": {"currency": "USD", "value": amount}}
        data |= {"created_at": at, "completed_at": at, "donor_name": "Ada"}
        meta = {"event_type": "public:direct:donation_updated", "generated_at": at}
        body = json.dumps({"data": data, "meta": meta}).encode()
    else:
        told = {"id": f"p-{number}", "amount": amount, "currency": "USD", "donatedAt": at}
        body = json.dumps(told).encode()
    return _sign(source, body, now, 1, dollars * 100)


def _sign(source: str, body: bytes, now: datetime, gifts: int, cents: int) -> Sent:
    return Sent(source, SENDERS[source].sign(body, now), body, gifts, cents)
