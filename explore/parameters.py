"""The typed parameters of a stored query, which come as texts of an address."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

_INTEGER = re.compile(r"[+-]?[0-9]{1,18}", re.ASCII)
_NUMBER = re.compile(r"[+-]?([0-9]{1,30}(\.[0-9]{0,30})?|\.[0-9]{1,30})([eE][+-]?[0-9]{1,2})?")
MAX_TEXT_CHARACTERS = 2_000

Value = str | int | float | bool | None


class ParameterError(ValueError):
    """A parameter's value cannot be used; the text says what it should be."""


def _read_text(text: str) -> str:
    if len(text) > MAX_TEXT_CHARACTERS:
        raise ParameterError(f"has {len(text):,} characters; at most {MAX_TEXT_CHARACTERS:,}")
    return text


def _read_integer(text: str) -> int:
    if not _INTEGER.fullmatch(text):
        raise ParameterError(f"is {text[:40]!r}; write a whole number, such as 25")
    return int(text)


def _read_number(text: str) -> float:
    number = float(text) if _NUMBER.fullmatch(text) else math.nan
    if not math.isfinite(number):
        raise ParameterError(f"is {text[:40]!r}; write a number, such as 25.50")
    return number


def _read_boolean(text: str) -> bool:
    if text not in ("true", "false"):
        raise ParameterError(f"is {text[:40]!r}; write true or false")
    return text == "true"


def _read_date(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise ParameterError(f"is {text[:40]!r}; write a date, such as 2026-11-21") from None


def _read_time(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise ValueError
        return moment.astimezone(UTC).replace(tzinfo=None).isoformat(" ")
    except (ValueError, OverflowError):
        raise ParameterError(
            f"is {text[:40]!r}; write a time with its zone, such as 2026-11-21T19:30:00Z"
        ) from None


# A date comes as text, and a time as text in UTC: cast them, as in $since::timestamp.
KINDS: Mapping[str, Callable[[str], Value]] = {
    "text": _read_text,
    "integer": _read_integer,
    "number": _read_number,
    "boolean": _read_boolean,
    "date": _read_date,
    "time": _read_time,
}


@dataclass(frozen=True)
class Parameter:
    """A `$name` of a stored query. Without a default it is required."""

    name: str
    kind: str
    default: Value
    is_required: bool

    def read(self, text: str) -> Value:
        """Return the value that a text stands for; raise `ParameterError`."""
        return KINDS[self.kind](text)


def read_values(
    parameters: tuple[Parameter, ...], given: list[tuple[str, str]]
) -> dict[str, object]:
    """Return the values of all parameters, from the names and texts of an address.

    Raises `ParameterError`, whose text is a sentence.
    """
    known = {parameter.name: parameter for parameter in parameters}
    values: dict[str, object] = {}
    for name, text in given:
        if name not in known:
            there_are = ", ".join(known) or "none"
            raise ParameterError(f"There is no parameter {name[:60]!r}; there are: {there_are}.")
        if name in values:
            raise ParameterError(f"The parameter {name} is given twice.")
        try:
            values[name] = known[name].read(text)
        except ParameterError as error:
            raise ParameterError(f"The parameter {name} {error}.") from None
    for name, parameter in known.items():
        if parameter.is_required and name not in values:
            raise ParameterError(f"The parameter {name} ({parameter.kind}) is missing.")
        values.setdefault(name, parameter.default)
    return values
