"""Reads what providers send, field by field; whatever is not as it should be is `Unreadable`."""

import json
import re
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from aggregates.board import MAX_VALUE_MINOR
from aggregates.units import currency
from intake.errors import Unreadable

MAX_TEXT_CHARACTERS = 200
_MAX_ID_CHARACTERS = 200
# Decimal takes more than this for a number: digits of all alphabets, "1_000", "1e3".
_AMOUNT_TEXT = re.compile(r"[0-9]{1,18}(?:\.[0-9]{1,6})?", re.ASCII)
# Computing rounds to 28 digits and fails with a huge exponent, so longer numbers are refused.
_MAX_AMOUNT_DIGITS = 24


def load_payload(body: bytes) -> Mapping[str, Any]:
    """Return the JSON object of a body, its numbers exact.

    An object that has a member twice says two things, so it is refused.
    """
    try:
        payload = json.loads(body, parse_float=Decimal, object_pairs_hook=_make_object)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"the body is no JSON: {str(error)[:100]}") from None
    except ArithmeticError:
        # Decimal has no exponent of twenty digits.
        raise Unreadable("the body has a number that no amount can be") from None
    if not isinstance(payload, dict):
        raise Unreadable("the body is no JSON object")
    return payload


def read(payload: Any, path: str, kind: type | tuple[type, ...]) -> Any:
    """Return the value at a dotted path; raise `Unreadable` where it is none of a type."""
    value = find(payload, path)
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise Unreadable(f"{path} is {_describe(value)}")
    return value


def find(payload: Any, path: str) -> Any:
    """Return the value at a dotted path; None where there is none."""
    value = payload
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def read_id(payload: Any, path: str) -> str:
    """Return an id: text, or a whole number as text."""
    value = read(payload, path, (str, int))
    text = str(value)
    if not text or len(text) > _MAX_ID_CHARACTERS or not text.isprintable():
        raise Unreadable(f"{path} is no id")
    return text


def read_minor(payload: Any, path: str, code: str) -> int:
    """Return an amount in major units, text or number, in minor units of a currency."""
    value = read(payload, path, (str, int, Decimal))
    if _is_short_number(value):
        exact = Decimal(value).scaleb(currency(code).exponent)
        if exact == exact.to_integral_value() and 0 <= exact <= MAX_VALUE_MINOR:
            return int(exact)
    raise Unreadable(f"{path} is {_describe(value)}, which is no amount of {code}")


def read_natural(payload: Any, path: str) -> int:
    """Return an amount that is in minor units already."""
    value: int = read(payload, path, int)
    if not 0 <= value <= MAX_VALUE_MINOR:
        raise Unreadable(f"{path} is {_describe(value)}")
    return value


def read_currency(payload: Any, path: str) -> str:
    """Return an ISO 4217 code in capitals."""
    code = str(read(payload, path, str)).strip().upper()
    try:
        currency(code)
    except (KeyError, ValueError):
        raise Unreadable(f"{path} is {code[:10]!r}, which is no currency known here") from None
    return code


def read_time(payload: Any, path: str) -> datetime:
    """Return a moment in UTC: ISO 8601 text with an offset, or seconds since 1970."""
    value = read(payload, path, (str, int))
    try:
        if isinstance(value, int):
            return datetime.fromtimestamp(value, UTC)
        moment = datetime.fromisoformat(value)
        # A time without a zone passes here, and is refused below.
        in_utc = moment.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        raise Unreadable(f"{path} is {_describe(value)}, which is no time") from None
    if moment.tzinfo is None:
        raise Unreadable(f"{path} is {_describe(value)}, which has no time zone")
    return in_utc


def read_words(payload: Any, path: str) -> str:
    """Return what a person wrote, on one line and not too long; empty where there is nothing."""
    value = find(payload, path)
    text = " ".join(value.split()) if isinstance(value, str) else ""
    # Half a character, where a sender has cut an emoji in two, can be written nowhere.
    return text.encode("utf-8", "ignore").decode()[:MAX_TEXT_CHARACTERS]


def make_printable(text: str) -> str:
    """Return text that an answer, a log and a page can have, such as half an emoji replaced."""
    return "".join(c if c.isprintable() else "\ufffd" for c in text)


def _is_short_number(value: str | int | Decimal) -> bool:
    if isinstance(value, str):
        return _AMOUNT_TEXT.fullmatch(value) is not None
    number = Decimal(value)
    return (
        number.is_finite()
        and abs(number.adjusted()) < _MAX_AMOUNT_DIGITS
        and len(number.as_tuple().digits) <= _MAX_AMOUNT_DIGITS
    )


def _make_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        seen = Counter(name for name, _ in pairs)
        raise Unreadable(f"{seen.most_common(1)[0][0][:40]!r} is there twice")
    return made


def _describe(value: Any) -> str:
    return "missing" if value is None else repr(value)[:60]
