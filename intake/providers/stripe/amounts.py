"""Stripe's amounts: integers of a unit that is not always ISO 4217's."""

from decimal import Decimal
from typing import Any

from aggregates.units import currency
from intake.errors import Unreadable
from intake.payload import read_natural

# Where Stripe counts other decimals than ISO 4217 (https://docs.stripe.com/currencies). ISK and UGX
# have none, but 5 of them are 500: Stripe's special cases, which hold although its list of
# currencies without decimals names UGX. MGA has two, but Stripe counts whole ones.
_DECIMALS = {"ISK": 2, "UGX": 2, "MGA": 0}


def read_amount(thing: Any, path: str, code: str) -> int:
    """Return an amount of Stripe's in minor units of ISO 4217; raise `Unreadable`."""
    amount = read_natural(thing, path)
    exponent = currency(code).exponent
    exact = Decimal(amount).scaleb(exponent - _DECIMALS.get(code, exponent))
    if exact != exact.to_integral_value():
        raise Unreadable(f"{path} is {amount}, a fraction that {code} does not have")
    return int(exact)
