"""Parses an amount as people write it into sign, number and currency, without floats."""

import re
import unicodedata
from typing import Literal, NamedTuple

from donations.currency_names import find_currencies

DecimalMark = Literal[".", ","]
MARKS: tuple[DecimalMark, DecimalMark] = (".", ",")

# A longer text is no amount that a person would write.
_MAX_CHARACTERS = 100
# No board can hold 1E+30, and a larger exponent would make a number of very many digits.
_MAX_EXPONENT = 30

_MINUSES = "-\u2010\u2011\u2012\u2013\u2014\u2212\ufe58\ufe63\uff0d"
_APOSTROPHES = "'\u2018\u2019\u02bc\u00b4`\u2032\uff07\u066c"
_SINGLE = str.maketrans(
    dict.fromkeys(_MINUSES, "-")
    | dict.fromkeys(_APOSTROPHES, "'")
    | {"\uff0b": "+", "\uff0e": ".", "\uff0c": ",", "\u060c": ","}
)
# The Arabic decimal separator, which has no other meaning.
_ARABIC_DECIMAL = "\u066b"

# Endings of price tags: "25.–" and "25,-", and "500/-" in India.
_PRICE_TAG = re.compile(r"(?<=\d)(?:[.,]\s*-{1,2}|/[-=])(?=\s*[^\d\s]*\s*$)")
_AMOUNT = re.compile(
    r"(?P<first>[-+]?)\s*(?P<before>[^\d+-]*)(?P<second>[-+]?)\s*"
    r"(?P<number>[.,]?\d[\d.,' \u066b]*?)(?:[eE](?P<exponent>[+-]?\d+))?\s*"
    r"(?P<third>-?)\s*(?P<after>[^\d+-]*)"
)
_BLANKS_OR_APOSTROPHES = re.compile(r"[1-9]\d{0,2}(?:(?: \d{3})+|(?:'\d{3})+)")
_GROUPED = {
    # India writes 12,34,567: groups of two digits before the last group of three.
    ".": re.compile(r"\d+|[1-9]\d{0,2}(?:,\d{3})+|[1-9]\d?(?:,\d{2})*,\d{3}"),
    ",": re.compile(r"\d+|[1-9]\d{0,2}(?:\.\d{3})+"),
}


class AmountError(ValueError):
    """A text is not an amount of the board; the message quotes it and says what to write."""


class Number(NamedTuple):
    """The digits before and after the decimal mark, and the exponent of a power of ten."""

    whole: str
    decimals: str
    exponent: int = 0


class AmountText(NamedTuple):
    """A parsed amount. `readings` has the number for each possible decimal mark.

    `currencies` are the codes that the sign may stand for; None if there is no sign.
    """

    is_negative: bool
    readings: dict[DecimalMark, Number]
    currencies: frozenset[str] | None

    @property
    def needed_mark(self) -> DecimalMark | None:
        """The only decimal mark with which the text makes sense; None if it does not matter."""
        [first, *others] = self.readings
        return None if others else first

    @property
    def is_ambiguous(self) -> bool:
        """Whether a decimal point and a decimal comma give different numbers."""
        return len(set(self.readings.values())) > 1


def read_amount_text(text: str) -> AmountText:
    """Return a parsed amount; raise `AmountError`."""
    if len(text) > _MAX_CHARACTERS:
        raise AmountError(f"has {len(text):,} characters, too many for an amount")
    plain = _simplify(text)
    if not plain:
        raise AmountError("is empty; write an amount")
    in_brackets = plain.startswith("(") and plain.endswith(")")
    match = _AMOUNT.fullmatch(_PRICE_TAG.sub("", plain[1:-1].strip() if in_brackets else plain))
    if match is None:
        raise _no_amount(text)
    before, number = match["before"].rstrip(), match["number"].strip()
    # "$.50" is half a dollar, and "Rs.50" fifty rupees.
    if before.endswith((".", ",")) and not before[-2:-1].isalpha():
        before, number = before[:-1].rstrip(), before[-1] + number
    signs = match["first"] + match["second"] + match["third"] + ("-" if in_brackets else "")
    if len(signs) > 1:
        raise _no_amount(text)
    readings = _find_readings(number, _read_exponent(match["exponent"], text))
    if not readings:
        raise _no_amount(text)
    return AmountText(
        signs == "-", readings, _read_currencies(text, before, match["after"].strip())
    )


def _simplify(text: str) -> str:
    """Return the text with ASCII digits, one kind of minus and apostrophe, and single blanks."""
    if text.isascii():
        return " ".join(text.split())
    plain = []
    for character in text.translate(_SINGLE):
        category = unicodedata.category(character)
        if category == "Nd":
            plain.append(str(unicodedata.decimal(character)))
        elif category == "Zs":
            plain.append(" ")
        elif category != "Cf":  # such as marks for the direction of text
            plain.append(character)
    return " ".join("".join(plain).split())


def _find_readings(number: str, exponent: int) -> dict[DecimalMark, Number]:
    """Return the number for each decimal mark; empty if it makes sense with neither."""
    if _ARABIC_DECIMAL in number:
        whole, _, decimals = number.partition(_ARABIC_DECIMAL)
        number = f"{re.sub('[.,]', chr(39), whole)}.{decimals}"
    grouped = _BLANKS_OR_APOSTROPHES.match(number)
    if grouped and (" " in grouped[0] or "'" in grouped[0]):
        rest = number[grouped.end() :]
        whole = grouped[0].replace(" ", "").replace("'", "")
        # The thousands already have a mark, so the next one is the decimal mark.
        if not rest:
            return dict.fromkeys(MARKS, Number(whole, "", exponent))
        mark = next((mark for mark in MARKS if rest[0] == mark), None)
        decimals = rest[1:]
        is_number = mark is not None and (decimals == "" or decimals.isdigit())
        return {mark: Number(whole, decimals, exponent)} if mark and is_number else {}
    readings: dict[DecimalMark, Number] = {}
    for mark in MARKS:
        whole, _, decimals = number.partition(mark)
        if decimals and not decimals.isdigit():
            continue
        if whole and not _GROUPED[mark].fullmatch(whole):
            continue
        digits = whole.replace("," if mark == "." else ".", "")
        readings[mark] = Number(digits, decimals, exponent)
    return readings


def _read_exponent(text: str | None, amount: str) -> int:
    if text is None:
        return 0
    if len(text) > 4 or abs(int(text)) > _MAX_EXPONENT:
        raise AmountError(f'is "{amount}"; write the number out, such as 1250.00')
    return int(text)


def _read_currencies(text: str, *names: str) -> frozenset[str] | None:
    found: frozenset[str] | None = None
    for name in filter(None, names):
        codes = find_currencies(name)
        if codes is None:
            raise _no_amount(text)
        found = codes if found is None else found & codes
    if found is not None and not found:
        raise AmountError(f'is "{text}", which names two currencies')
    return found


def _no_amount(text: str) -> AmountError:
    return AmountError(f'is "{text}", which is not an amount; write a number such as 1250.00')
