"""Amounts, as people write them."""

from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow

from aggregates.board import MAX_VALUE_MINOR, Measure
from aggregates.units import format_amount
from local.errors import LocalError

# A number with more digits is none that anybody means.
_EXACT = Context(prec=40, traps=[Inexact, InvalidOperation, Overflow])


def parse_amount(text: str, measure: Measure) -> int:
    """Return an amount above zero in minor units; raise `LocalError` for anything else."""
    unit = measure.unit
    try:
        minor = _EXACT.scaleb(_EXACT.create_decimal(text), unit.exponent)
    except ArithmeticError:
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
