"""Reads the value of a measure: a number attribute, exactly, in minor units."""

import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import lru_cache

from aggregates.attribute import EXACT, find, read_decimal, read_type, reject_type, split_path
from aggregates.board import MAX_VALUE_MINOR, Currency, Measure
from aggregates.item import Image
from aggregates.rejected import Rejected, quote
from aggregates.units import CURRENCY_EXPONENTS, Unit, currency, format_amount

# Returns minor units of the measure's unit; raises `Rejected`.
AmountReader = Callable[[Image], int]
# Takes a number's text; otherwise the same.
_Parse = Callable[[str], int]

# "25.00", as a program writes it: no currency sign, no thousands separator.
_PLAIN = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_MAX_TEXT_CHARACTERS = 200
# A product of 38 and 20 digits is exact; only the last step rounds.
_PRODUCT = Context(prec=80)
_REMEMBERED = 1024


def amount_reader(measure: Measure, board_currency: Currency | None) -> AmountReader:
    """Return the function that reads a measure's value from an item.

    `board_currency` says which attribute names the item's currency; it is used only for a measure
    whose unit is a currency.
    """
    name, path, is_text = measure.attribute, split_path(measure.attribute), measure.is_text
    parse = _parser(measure, None)

    def read_number(image: Image) -> str:
        attribute = find(image, name, path)
        text: str | None = attribute.get("N") if attribute is not None else None
        if text is None:
            if not is_text:
                raise reject_type(name, attribute, "a number")
            kind, text = read_type(attribute)
            if kind != "S" or text is None:
                raise reject_type(name, attribute, "a number, or one in text,")
            if len(text) > _MAX_TEXT_CHARACTERS or not _PLAIN.fullmatch(text):
                plain = 'is not a plain number, such as "1250.00"'
                raise Rejected(name, plain, f"is text {quote(text)}, which {plain}")
        # DynamoDB sends numbers as text; and 1 == True would share a cached value.
        if type(text) is not str:
            raise Rejected(name, "is not a number in DynamoDB's form")
        return text

    def read_plain(image: Image) -> int:
        # The usual case makes no other call: this runs once per record.
        attribute = image.get(name)
        text = attribute.get("N") if attribute is not None else None
        return parse(text if type(text) is str else read_number(image))

    if board_currency is None or not measure.unit.name:
        return read_plain
    parsers = {measure.unit.name: parse} | {
        rate.currency: _parser(measure, rate.rate, currency(rate.currency))
        for rate in board_currency.rates
    }
    read_currency = _currency_reader(board_currency.attribute, measure.unit)

    def read_amount(image: Image) -> int:
        code = read_currency(image)
        convert = parsers.get(code)
        if convert is None:
            raise Rejected(
                board_currency.attribute,
                f"is {code}; the board counts {measure.unit.name} (add a rate for {code} to"
                " [currency.rates], or exclude such items with [where])",
            )
        return convert(read_number(image))

    return read_amount


def _currency_reader(name: str, unit: Unit) -> Callable[[Image], str]:
    path = split_path(name)

    @lru_cache(maxsize=_REMEMBERED)
    def read_code(text: str) -> str:
        code = text.strip().upper()
        if code and code not in CURRENCY_EXPONENTS:
            end = f"not an ISO 4217 code; the board counts {unit.name}"
            raise Rejected(name, f"is {end}", f"is {quote(text)}, which is {end}")
        return code or unit.name

    def read_currency(image: Image) -> str:
        attribute = find(image, name, path)
        kind, value = read_type(attribute)
        if kind == "S":
            return read_code(value)
        if kind in ("", "NULL"):
            return unit.name
        raise reject_type(name, attribute, "an ISO 4217 code")

    return read_currency


def _parser(measure: Measure, rate: Decimal | None, unit: Unit | None = None) -> _Parse:
    """Return the function that turns a number's text, in `unit`, into the measure's minor units.

    It caches results: a marathon's 43,472 donations had 758 different amounts.
    """
    given = unit or measure.unit

    @lru_cache(maxsize=_REMEMBERED)
    def parse(text: str) -> int:
        minor = _parse_minor(text, measure, given)
        if rate is not None:
            minor = _convert(minor, given, rate, measure.unit)
        _check_range(text, minor, measure)
        return minor

    return parse


def _parse_minor(text: str, measure: Measure, unit: Unit) -> int:
    """Return a number's text in minor units of `unit`; one far too large becomes limit + 1."""
    name = measure.attribute
    number = read_decimal(name, text)
    exponent = 0 if measure.is_minor else unit.exponent
    # Checked before scaling: the digits of 1E+120 would not fit.
    if number and number.adjusted() + exponent > 15:
        return MAX_VALUE_MINOR + 1 if number > 0 else -MAX_VALUE_MINOR - 1
    exact = number.scaleb(exponent, EXACT)
    minor = int(exact)
    if minor != exact:
        limit = (
            "minor units are whole numbers"
            if measure.is_minor
            else f"{unit.name or 'the board'} has {unit.exponent} decimals"
        )
        raise Rejected(name, f"has too many decimals; {limit}", f"is {quote(text)}; {limit}")
    return minor


def _convert(minor: int, given: Unit, rate: Decimal, unit: Unit) -> int:
    """Return an amount in the board's minor units, rounded once, half a unit away from zero."""
    amount = Decimal(minor).scaleb(unit.exponent - given.exponent, _PRODUCT)
    product = _PRODUCT.multiply(amount, rate)
    return int(product.quantize(Decimal(1), ROUND_HALF_UP, _PRODUCT))


def _check_range(text: str, minor: int, measure: Measure) -> None:
    unit = measure.unit
    if not -MAX_VALUE_MINOR <= minor <= MAX_VALUE_MINOR:
        limit = f"at most {format_amount(MAX_VALUE_MINOR, unit)} can be counted"
    elif measure.most_minor is not None and minor > measure.most_minor:
        limit = f"the board's `most` is {format_amount(measure.most_minor, unit)}"
    elif measure.least_minor is not None and minor < measure.least_minor:
        limit = f"the board's `least` is {format_amount(measure.least_minor, unit)}"
    else:
        return
    size = "small" if minor < 0 or "`least`" in limit else "large"
    raise Rejected(measure.attribute, f"is too {size}; {limit}", f"is {quote(text)}; {limit}")
