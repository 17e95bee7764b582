"""How Stripe's objects name one another."""

from collections.abc import Mapping
from typing import Any

from intake.payload import find, read_id


def read_reference(thing: Any, path: str) -> str:
    """Return the id of another object, which may be there in full; empty where there is none."""
    value = find(thing, path)
    if value is None:
        return ""
    return read_id(thing, f"{path}.id" if isinstance(value, Mapping) else path)


def read_donation_id(thing: Any, charge_path: str) -> str:
    """Return the donation that a charge, a refund, a dispute or a session is about.

    All of them name the payment intent. Payments that were made without one have the charge.
    """
    payment = read_reference(thing, "payment_intent") or read_reference(thing, charge_path)
    return f"stripe:{payment}" if payment else ""
