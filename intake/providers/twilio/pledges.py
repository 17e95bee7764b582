"""Texts as pledges: "GIVE 25" is a promise of 25, which no money follows by itself."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from aggregates.board import MAX_VALUE_MINOR
from aggregates.board_fields import Fields
from aggregates.units import CURRENCY_EXPONENTS, Unit, format_amount
from donations.amount_text import AmountError
from donations.item import find_money_unit
from donations.money import parse_amount
from intake.donation_state import Charge, ChargeStatus, DonationState
from intake.providers.twilio.ballot import split_words
from intake.providers.twilio.message import Message, Taken
from intake.providers.twilio.replies import fill_reply, read_reply
from intake.request import DonationUpdate
from intake.source import Source

_KEYWORD = "GIVE"
# "1e5" is a number for computers.
_EXPONENT = re.compile(r"\d[eE]")
# What people write after an amount, and would be counted as something else.
_MULTIPLES = {
    *(
        "K",
        "M",
        "MIO",
        "HUNDRED",
        "HUNDREDS",
        "THOUSAND",
        "THOUSANDS",
        "GRAND",
        "MILLION",
        "MILLIONS",
    ),
    *("HUNDERT", "TAUSEND", "MILLIONEN", "MILLE", "MIL", "DOZEN", "PERCENT"),
    *("CENT", "CENTS", "CT", "P", "PENCE", "PENNIES"),
}
_CURRENCY_NAMES = {
    "EURO": "EUR",
    "EUROS": "EUR",
    "POUND": "GBP",
    "POUNDS": "GBP",
    "QUID": "GBP",
    "YEN": "JPY",
    "DOLLAR": "USD",
    "DOLLARS": "USD",
}
_DOLLARS = {"USD", "AUD", "CAD", "HKD", "NZD", "SGD", "TWD"}
_REPLY = "Thank you for your pledge of {amount}!"
_REPLY_INVALID = 'Please send {keyword} and an amount, such as "{keyword} 25".'


class _Rules(NamedTuple):
    keyword: str
    unit: Unit
    language: str | None
    most_minor: int


class Pledges:
    """Makes pledges of messages."""

    invalid = "a text that is no pledge"

    def __init__(self, rules: _Rules, reply: str, reply_invalid: str) -> None:
        self._rules, self._reply, self.reply_invalid = rules, reply, reply_invalid

    def read(self, message: Message) -> Taken | None:
        minor = self._find_amount(message.text)
        if minor is None:
            return None
        unit = self._rules.unit
        charge = Charge(
            # A message that comes again came when it came first.
            order=-int(message.at.timestamp() * 1000),
            status=ChargeStatus.SUCCEEDED,
            amount_minor=minor,
            currency=unit.name,
            at=message.at,
        )
        state = DonationState(charge=charge, is_admitted=True)
        amount = f"{format_amount(minor, unit)} {unit.name}"
        reply = fill_reply(self._reply, {"amount": amount})
        return Taken(DonationUpdate(f"twilio:{message.message_id}", state), reply, reply)

    def _find_amount(self, text: str) -> int | None:
        """Return the amount that a text begins with, after the keyword; None for none.

        What follows it may be words, and no other number, currency or multiple.
        """
        plain, keyword = text.strip(), self._rules.keyword
        if plain[: len(keyword)].casefold() == keyword.casefold():
            plain = plain[len(keyword) :]
        words = plain.split()
        for size in range(min(len(words), 6), 0, -1):
            amount = " ".join(words[:size]).rstrip("!?.,;:")
            if _EXPONENT.search(amount) or _means_more(words[size:], self._rules.unit):
                continue
            try:
                minor = parse_amount(amount, self._rules.unit, language=self._rules.language)
            except AmountError:
                continue
            return minor if minor <= self._rules.most_minor else None
        return None


def _means_more(words: Sequence[str], unit: Unit) -> bool:
    """Return whether words after an amount make it another one: "25 EUR", "25 thousand", "2 5"."""
    if any(c.isnumeric() or unicodedata.category(c) == "Sc" for word in words for c in word):
        return True
    first = words[0].strip("!?.,;:").upper() if words else ""
    code = _CURRENCY_NAMES.get(first, first)
    usual = _DOLLARS if unit.name in _DOLLARS and first in _CURRENCY_NAMES else {unit.name}
    return first in _MULTIPLES or (code in CURRENCY_EXPONENTS and code not in usual)


def read_pledges(source: Source, fields: Fields, _: Mapping[str, str]) -> Pledges:
    """Return the pledges that a source asks for; raise `BoardError` for a mistake."""
    unit = find_money_unit(source.board) if source.board.measures else Unit("", 0)
    if not unit.name:
        raise fields.error("board", f"is {source.board.name!r}, which adds up no money")
    keyword = fields.optional_text("keyword", _KEYWORD) or _KEYWORD
    if len(split_words(keyword)) != 1:
        raise fields.error("keyword", f'is {keyword!r}; write one word, such as "{_KEYWORD}"')
    most = fields.take("most")
    most_minor = MAX_VALUE_MINOR
    if most is not None:
        most_minor = fields.minor("most", most, unit, 1, MAX_VALUE_MINOR)
    rules = _Rules(keyword, unit, fields.optional_text("language", "de"), most_minor)
    filled = {"keyword": keyword}
    reply = read_reply(fields, "reply", _REPLY, filled)
    return Pledges(rules, reply, read_reply(fields, "reply_invalid", _REPLY_INVALID, filled))
