"""Random donations as each provider tells of them: paid, corrected, refunded, disputed."""

import json
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from random import Random

from tests.intake.senders import NOW
from tests.intake.stripe_events import encode, tell_payment

# What a provider sends of one donation, in the order of time; and what is left of it in cents.
History = tuple[list[bytes], int]


def tell_stripe(random: Random, number: int) -> History:
    events, left = tell_payment(random, number)
    return [encode(event) for event in events], left


def tell_tiltify(random: Random, number: int) -> History:
    """Return a donation that is paid or not, corrected, moderated, and told to team and member."""
    bodies, left = [], 0
    name = f"dfa25dcc-2026-4320-a5b7-{number:012}"
    at, paid = NOW, False
    for _ in range(random.randrange(1, 5)):
        at += timedelta(microseconds=random.choice([1, random.randrange(1, 10**9)]))
        cents = random.randrange(1, 100_000)
        paid = paid or random.random() < 0.6
        left = cents if paid else 0
        data = {
            "id": name,
            "amount": {"currency": "USD", "value": f"{Decimal(cents).scaleb(-2)}"},
            "created_at": NOW.isoformat(),
            "completed_at": NOW.isoformat() if paid else None,
            "donor_name": random.choice(["Ada", "Anonymous"]),
            "donor_comment": random.choice([None, "Hi"]),
        }
        for kind in random.choice([["direct"], ["direct", "indirect"]]):
            meta = {
                "event_type": f"public:{kind}:donation_updated",
                "generated_at": at.isoformat(),
                "subscription_source_type": "campaign",
            }
            bodies.append(json.dumps({"data": data, "meta": meta}).encode())
    return bodies, left


def tell_api(random: Random, number: int) -> History:
    """Return a donation that is corrected, and perhaps taken back."""
    bodies, left = [], 0
    for version in range(random.randrange(1, 5)):
        cents = random.randrange(1, 100_000)
        status = random.choice(["pending", "succeeded", "succeeded", "withdrawn"])
        left = cents if status == "succeeded" else 0
        donation = {
            "id": f"ph-{number}",
            "amount": f"{Decimal(cents).scaleb(-2)}",
            "currency": "USD",
            "donatedAt": NOW.isoformat(),
            "status": status,
            "version": version,
        }
        listed = {"donations": [donation]} if random.random() < 0.3 else donation
        bodies.append(json.dumps(listed).encode())
    return bodies, left


TELLERS: dict[str, Callable[[Random, int], History]] = {
    "stripe": tell_stripe,
    "tiltify": tell_tiltify,
    "api": tell_api,
}
