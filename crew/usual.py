"""Finds the usual amounts for buttons, and recognises an amount far above all others."""

from decimal import Decimal
from typing import NamedTuple

from aggregates.units import Unit
from crew.gifts import Gifts, Row
from crew.index import Index
from crew.written import write_amount

# Amounts for the buttons until the event has usual ones of its own.
_FIRST_AMOUNTS = (10, 20, 50, 100, 200, 500)
_COUNT = 6
# A gift larger than this many times the largest so far must be confirmed.
_FAR_ABOVE = 5


class Amount(NamedTuple):
    """An amount for a button: the value that the form sends, and the button's text."""

    value: str
    text: str


def find_usual_amounts(gifts: Gifts, index: Index) -> list[Amount]:
    """Return the amounts for buttons: the most frequent ones, then round ones to fill up."""
    assert gifts.measure is not None
    unit = gifts.measure.unit
    usual = index.list_amounts(_COUNT)
    usual += [minor for minor in list_first_amounts(unit) if minor not in usual]
    return [_make_amount(minor, unit, gifts.board.language) for minor in sorted(usual[:_COUNT])]


def list_first_amounts(unit: Unit) -> list[int]:
    """Return round amounts in minor units; larger ones for a currency without decimals."""
    scale = 10**unit.exponent if unit.exponent else 100 if unit.name else 1
    return [amount * scale for amount in _FIRST_AMOUNTS]


def is_far_above(gifts: Gifts, row: Row, largest_minor: int) -> bool:
    """Return whether a gift is far above the largest one so far, `largest_minor`."""
    if row.contribution is None or gifts.measure is None:
        return False
    # Early in the evening there is no large gift to compare with.
    least = max(list_first_amounts(gifts.measure.unit))
    return row.contribution.values[0] > _FAR_ABOVE * max(largest_minor, least)


def _make_amount(minor: int, unit: Unit, language: str | None) -> Amount:
    value = f"{Decimal(minor).scaleb(-unit.exponent):f}"
    whole = minor % 10**unit.exponent == 0
    shown = Unit(unit.name, 0) if whole else unit
    return Amount(
        value, write_amount(minor // 10**unit.exponent if whole else minor, shown, language)
    )
