"""Item to contribution: what one item of the table adds to its board's totals."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Context, Decimal, Inexact, InvalidOperation
from functools import lru_cache
from typing import Any, NamedTuple

from aggregates.board import ALL, MAX_VALUE_MINOR, Board, Measure
from aggregates.item import Image

_TYPE_NAMES = {
    "S": "text",
    "N": "a number",
    "BOOL": "true or false",
    "NULL": "null",
    "B": "binary",
    "M": "a map",
    "L": "a list",
    "SS": "a set",
    "NS": "a set",
    "BS": "a set",
}

# A group is a label on a screen, and part of every message.
MAX_GROUP_CHARACTERS = 200
# Of a longer text the ticker shows the beginning: an item may have 400 KB.
MAX_SHOWN_CHARACTERS = 200
# How much of a bad value a reason repeats.
_MAX_QUOTED_CHARACTERS = 40

# DynamoDB's numbers have up to 38 digits; 60 leave room to scale one without rounding, and a
# result that would be rounded all the same raises.
_EXACT = Context(prec=60, traps=[Inexact, InvalidOperation])

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MAX_SECONDS = 253_402_300_799  # the end of the year 9999


class Rejected(ValueError):
    """An item that cannot be counted; its text is the reason, for a person to read."""


class Contribution(NamedTuple):
    """What an item counts for: once in `group`, and `values` in minor units, one per measure.

    `time_ms` is milliseconds since 1970 in UTC, 0 on a board without a time.
    """

    group: str
    time_ms: int
    values: tuple[int, ...]


def contribution_reader(board: Board) -> Callable[[Image], Contribution]:
    """Return the function that reads a board's contribution from an item's image.

    It looks at no attribute but those the board names, and raises `Rejected`.
    """
    group_by, time = board.group_by, board.time
    measures = [(measure.attribute, _minor_parser(measure)) for measure in board.measures]

    def read(image: Image) -> Contribution:
        return Contribution(
            _read_group(image, group_by),
            0 if time is None else _read_time_ms(image, time),
            tuple([parse(_read_number(image, name)) for name, parse in measures]),
        )

    return read


def _minor_parser(measure: Measure) -> Callable[[str], int]:
    """Return the function that turns a measure's text into minor units.

    It remembers what it was given: a marathon's 43,472 donations are of 758 amounts.
    """

    @lru_cache(maxsize=1024)
    def parse(text: str) -> int:
        return _parse_minor(text, measure)

    return parse


def shown_attributes(board: Board, image: Image, contribution: Contribution) -> dict[str, Any]:
    """Return the attributes of an item that the ticker shows, as JSON values.

    An attribute that a measure sums is an integer of minor units, another number is text as
    DynamoDB has it. Only text, numbers and booleans are shown, and only what the board lists.
    """
    assert board.ticker is not None
    minor = {m.attribute: v for m, v in zip(board.measures, contribution.values, strict=True)}
    shown: dict[str, Any] = {}
    for name in board.ticker.attributes:
        kind, value = _typed(image, name)
        if name in minor:
            shown[name] = minor[name]
        elif kind == "S":
            text: str = value
            long = len(text) > MAX_SHOWN_CHARACTERS
            shown[name] = text[: MAX_SHOWN_CHARACTERS - 1] + "…" if long else text
        elif kind in ("N", "BOOL"):
            shown[name] = value
    return shown


def _typed(image: Image, name: str) -> tuple[str, Any]:
    """Return the DynamoDB type and the value of an attribute; ("", None) where it is absent."""
    for kind, value in image.get(name, {}).items():
        return kind, value
    return "", None


def _quote(value: object) -> str:
    text = str(value)
    if len(text) > _MAX_QUOTED_CHARACTERS:
        text = text[: _MAX_QUOTED_CHARACTERS - 1] + "…"
    return f'"{text}"'


def _wrong_type(name: str, kind: str, value: object, expected: str) -> Rejected:
    if not kind:
        return Rejected(f"{name} is missing")
    what = _TYPE_NAMES.get(kind, kind)
    quoted = f" {_quote(value)}" if kind in ("S", "N", "BOOL") else ""
    return Rejected(f"{name} is {what}{quoted}; {expected} is needed")


def _read_group(image: Image, name: str) -> str:
    attribute = image.get(name)
    if attribute is None:
        raise Rejected(f"{name} is missing")
    group = attribute.get("S")
    if group is None:
        group = _group_of_other_type(image, name)
    if not group:
        raise Rejected(f"{name} is empty")
    if group == ALL:
        raise Rejected(f'{name} is "{ALL}", the name that stands for all groups together')
    if len(group) > MAX_GROUP_CHARACTERS:
        raise Rejected(
            f"{name} has {len(group):,} characters; a group has at most {MAX_GROUP_CHARACTERS}"
        )
    return str(group)


def _group_of_other_type(image: Image, name: str) -> str:
    kind, value = _typed(image, name)
    if kind == "N":
        return f"{_read_decimal(name, value).normalize(_EXACT):f}"
    if kind == "BOOL":
        return "true" if value else "false"
    raise _wrong_type(name, kind, value, "text, a number or a boolean")


def _read_decimal(name: str, text: str) -> Decimal:
    try:
        number = _EXACT.create_decimal(text)
    except (InvalidOperation, Inexact):
        raise Rejected(f"{name} is {_quote(text)}, which is no number") from None
    if not number.is_finite():
        raise Rejected(f"{name} is {_quote(text)}, which is no number")
    return number


def _read_number(image: Image, name: str) -> str:
    attribute = image.get(name)
    text: str | None = attribute.get("N") if attribute is not None else None
    if text is None:
        kind, value = _typed(image, name)
        raise _wrong_type(name, kind, value, "a number")
    return text


def _parse_minor(text: str, measure: Measure) -> int:
    number = _read_decimal(measure.attribute, text)
    unit = measure.unit
    # Before scaling: the digits of 1E+120 would not fit anywhere.
    if number and number.adjusted() + unit.exponent > 15:
        minor, exact = MAX_VALUE_MINOR + 1, number
    else:
        exact = number.scaleb(unit.exponent, _EXACT)
        minor = int(exact)
        if minor != exact:
            limit = f"{unit.name or 'the board'} has {unit.exponent} decimals"
            raise Rejected(f"{measure.attribute} is {_quote(text)}; {limit}")
    if not -MAX_VALUE_MINOR <= minor <= MAX_VALUE_MINOR:
        highest = Decimal(MAX_VALUE_MINOR).scaleb(-unit.exponent)
        limit = f"at most {highest:,f} can be counted"
        raise Rejected(f"{measure.attribute} is {_quote(text)}; {limit}")
    return minor


def _read_time_ms(image: Image, name: str) -> int:
    attribute = image.get(name)
    text = attribute.get("S") if attribute is not None else None
    if text is None:
        kind, value = _typed(image, name)
        if kind != "N":
            raise _wrong_type(name, kind, value, "ISO 8601 text, or seconds since 1970,")
        seconds = _read_decimal(name, value)
        if seconds > _MAX_SECONDS:
            raise Rejected(f"{name} is {_quote(value)}; seconds since 1970 are needed (not ms)")
        time_ms = int(seconds.scaleb(3))
    else:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise Rejected(
                f'{name} is {_quote(text)}; a time such as "2019-08-07T07:26:56Z" is needed'
            ) from None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        since = moment - _EPOCH
        time_ms = since.days * 86_400_000 + since.seconds * 1000 + since.microseconds // 1000
    if time_ms < 0:
        raise Rejected(f"{name} is {_quote(text or value)}; times before 1970 cannot be counted")
    return time_ms
