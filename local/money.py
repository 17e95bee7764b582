"""Amounts, as people write and read them."""

from decimal import Decimal, InvalidOperation

from aggregates.board import MAX_VALUE_MINOR, Measure
from aggregates.units import Unit
from local.errors import LocalError


def format_amount(amount_minor: int, unit: Unit) -> str:
    """Return an amount such as `2,222,790.52`, without the unit's name."""
    return f"{Decimal(amount_minor).scaleb(-unit.exponent):,f}"


def parse_amount(text: str, measure: Measure) -> int:
    """Return an amount above zero in minor units; raise `LocalError` for anything else."""
    unit = measure.unit
    try:
        minor = Decimal(text).scaleb(unit.exponent)
    except InvalidOperation:
        minor = Decimal("nan")
    if not minor.is_finite() or "_" in text:
        raise LocalError(f'AMOUNT is "{text}"; write a number, such as AMOUNT=25 or AMOUNT=12.50')
    if minor != minor.to_integral_value():
        raise LocalError(
            f"AMOUNT is {text}; {unit.name or measure.name} has {unit.exponent} decimals"
        )
    if not 0 < minor <= MAX_VALUE_MINOR:
        highest = format_amount(MAX_VALUE_MINOR, unit)
        raise LocalError(f"AMOUNT is {text}; write a number above 0, at most {highest}")
    return int(minor)
