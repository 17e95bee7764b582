"""Converts text to money: integers of minor units, in a unit of the board."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from aggregates.board import MAX_VALUE_MINOR, Board
from aggregates.units import Unit, currency, format_amount
from donations.amount_text import (
    AmountError as AmountError,
)
from donations.amount_text import (
    AmountText,
    DecimalMark,
    Number,
    read_amount_text,
)
from donations.item import find_money_unit

# Nobody means a number with more digits.
_MAX_DIGITS = 40

# Languages that write 1.250,00 or 1 250,00. Switzerland and Liechtenstein write 1'250.00.
_COMMA_LANGUAGES = (
    "bg bs ca cs da de el es et eu fi fr gl hr hu id is it lt lv nb nl nn no pl pt ro ru sk sl"
    " sq sr sv tr uk vi"
)
_POINT_REGIONS = frozenset(("CH", "LI", "MX", "GT", "HN", "NI", "PA", "PE", "PR", "SV", "US"))


class Money(NamedTuple):
    """An amount in `minor` units of `currency`, an ISO 4217 code; None means the board's unit."""

    minor: int
    currency: str | None = None


def find_language_mark(language: str) -> DecimalMark:
    """Return the decimal mark of a language tag, such as `de` or `de-CH`."""
    name, _, region = language.replace("_", "-").partition("-")
    is_comma = name.casefold() in _COMMA_LANGUAGES.split() and region.upper() not in _POINT_REGIONS
    return "," if is_comma else "."


def list_accepted(board: Board) -> dict[str, Unit]:
    """Return the currencies that a board accepts, its own first; empty for plain numbers."""
    unit = find_money_unit(board)
    accepted = {unit.name: unit} if unit.name else {}
    if board.currency is not None:
        accepted |= {rate.currency: currency(rate.currency) for rate in board.currency.rates}
    return accepted


def to_money(
    amount: AmountText,
    unit: Unit,
    *,
    mark: DecimalMark | None,
    accepted: Mapping[str, Unit],
    named: str | None = None,
) -> Money:
    """Return an amount in minor units of its currency; raise `AmountError`.

    `mark` decides about texts such as 1.250. `named` is a currency named elsewhere, such as in a
    column. Without any currency the amount is in `unit`.
    """
    code = _choose_currency(amount.currencies, named, unit, accepted)
    unit = unit if code is None else accepted[code]
    if mark is None and amount.is_ambiguous:
        if unit.exponent == 0:
            # In a currency without decimals, the mark can only separate thousands.
            mark = next(mark for mark, number in amount.readings.items() if not number.decimals)
        else:
            raise AmountError(f"can mean {describe_readings(amount)}; write it with decimals")
    # If only one mark makes sense in this text, it is that one, whatever the other rows have.
    number = amount.readings.get(mark or ".") or next(iter(amount.readings.values()))
    minor = _to_minor(number, unit)
    return Money(-minor if amount.is_negative else minor, code)


def describe_readings(amount: AmountText) -> str:
    """Return both numbers that a text may mean, such as `1.25 or 1,250.00`."""
    return " or ".join(_describe(number) for number in amount.readings.values())


def parse_amount(
    text: str, unit: Unit, *, language: str | None = None, name: str = "amount"
) -> int:
    """Parse a typed amount; return its minor units, above zero, or raise `AmountError`.

    Without a language, an ambiguous amount such as 1.250 is an error that names both readings.
    """
    mark = find_language_mark(language) if language else None
    accepted = {unit.name: unit} if unit.name else {}
    try:
        minor, _ = to_money(read_amount_text(text), unit, mark=mark, accepted=accepted)
    except AmountError as error:
        raise AmountError(f"{name} {error}") from None
    if minor <= 0:
        raise AmountError(f'{name} is "{text}"; write a number above 0')
    return minor


def find_evidence(
    amounts: Iterable[AmountText],
) -> tuple[frozenset[DecimalMark], AmountText | None]:
    """Return the decimal marks that amounts need, and the first amount that is ambiguous."""
    marks: set[DecimalMark] = set()
    ambiguous = None
    for amount in amounts:
        if amount.is_ambiguous:
            ambiguous = ambiguous or amount
        elif amount.needed_mark is not None:
            marks.add(amount.needed_mark)
    return frozenset(marks), ambiguous


def _choose_currency(
    signs: frozenset[str] | None, named: str | None, unit: Unit, accepted: Mapping[str, Unit]
) -> str | None:
    if signs is not None and named is not None and named not in signs:
        raise AmountError(f"is in {_list(signs)}, but the currency beside it is {named}")
    codes = frozenset([named]) if named else signs
    if codes is None:
        return None
    if unit.name in codes:
        return unit.name
    known = [code for code in accepted if code in codes]
    if len(known) == 1:
        return known[0]
    counts = " and ".join(accepted) or "plain numbers"
    raise AmountError(f"is in {_list(codes)}; the board counts {counts}")


def _to_minor(number: Number, unit: Unit) -> int:
    decimals = number.decimals.rstrip("0")
    digits = (number.whole + decimals).lstrip("0")
    if not digits:
        return 0
    scale = number.exponent - len(decimals) + unit.exponent
    too_large = AmountError(f"is too large; write at most {format_amount(MAX_VALUE_MINOR, unit)}")
    if len(digits) + scale > _MAX_DIGITS:
        raise too_large
    if scale < 0:
        # Compare digits as text, to not compute a huge power of ten for an amount that is refused.
        kept, cut = digits[:scale] if len(digits) > -scale else "", digits[scale:]
        if cut.strip("0"):
            name = unit.name or "the board"
            raise AmountError(f"is {_describe(number)}; {name} has {unit.exponent} decimals")
        minor = int(kept or "0")
    else:
        minor = int(digits) * 10**scale
    if minor > MAX_VALUE_MINOR:
        raise too_large
    return minor


def _describe(number: Number) -> str:
    whole = number.whole.lstrip("0") or "0"
    text = f"{int(whole):,}" if len(whole) <= _MAX_DIGITS else whole[:_MAX_DIGITS] + "…"
    text += f".{number.decimals}" if number.decimals else ""
    return f"{text}E{number.exponent}" if number.exponent else text


def _list(codes: frozenset[str]) -> str:
    named = sorted(codes)
    return named[0] if len(named) == 1 else f"{', '.join(named[:3])} or another with that sign"
