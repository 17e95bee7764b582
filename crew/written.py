"""Amounts as the board's language writes them."""

from decimal import Decimal

from aggregates.units import Unit, format_amount
from donations.money import find_language_mark

# What stands between thousands where decimals have a comma, and it is no point.
_BLANK_LANGUAGES = "bg cs et fi fr hu ka kk lv nb nn no pl pt-pt ru sk sv uk"
_APOSTROPHE_REGIONS = frozenset(("CH", "LI"))


def write_amount(minor: int, unit: Unit, language: str | None) -> str:
    """Return an amount with marks between thousands, without the unit's name."""
    return _mark(format_amount(minor, unit), language)


def write_number(number: Decimal, language: str | None) -> str:
    """Return a number as a person types it: with the decimal mark alone."""
    return _mark(f"{number:f}", language)


def list_written(amount: str, language: str | None) -> tuple[str, ...]:
    """Return how an amount can be typed to find it: as it is shown, and without marks."""
    decimal, thousands = _find_marks(language)
    plain = amount.replace(thousands, "")
    return amount, plain, plain.replace(decimal, ".")


def _mark(text: str, language: str | None) -> str:
    decimal, thousands = _find_marks(language)
    return text.translate({ord(","): thousands, ord("."): decimal})


def _find_marks(language: str | None) -> tuple[str, str]:
    """Return what a language writes before decimals, and between thousands."""
    if not language:
        return ".", ","
    name, _, region = language.casefold().partition("-")
    decimal = find_language_mark(language)
    if region.upper() in _APOSTROPHE_REGIONS:
        return decimal, "’"
    if decimal == ".":
        return decimal, ","
    is_blank = {name, language.casefold()} & {*_BLANK_LANGUAGES.split()}
    return decimal, "\u202f" if is_blank else "."
